// Package sourcetest is what every source must pass: a collector that stops
// at any moment, forgets the cursor it was given last and asks again must end
// up with every event.
//
// The one invariant it checks: whatever cursor a source handed out with a page
// that became durable, reading on from there gives, together with what is
// durable, all events that the service has.
//
// A source's own test writes a Harness, which starts its service with known
// events, and calls Run. Sources that follow a clock get a Clock, so that days
// pass in milliseconds. Start reading at Harness.
package sourcetest
