// Package doctor looks at a tenant as it is and says what keeps records from
// being collected whole: tokens, permissions, licences, diagnostic settings.
//
// The one invariant: Run changes nothing. All its requests are GETs, and only
// Apply, given a plan that was shown, sends a PUT. No secret and no text of a
// service's answer gets into a finding: of errors only codes are kept.
//
// What is not documented is not guessed: a finding then says "not known".
//
// Start reading at Run, then tenant.go. There is one file per check: token.go,
// collections.go, fields.go, licence.go, settings.go, paths.go, attributes.go,
// aks.go. What is known of categories stands in category.go, of collections
// in collection.go. enable.go and apply.go are the way to change a setting;
// fix.go writes the commands.
package doctor
