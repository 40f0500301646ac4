// Package eventhub follows one Azure event hub, or any Kafka topic that
// carries diagnostic records, through the Kafka endpoint.
//
// The one invariant: the cursor names, for each partition, the offset after the
// last message whose records are all durable. It is kept with the data by the
// collector and is the only thing that decides where reading goes on.
//
// So no consumer group hands out partitions: with one writer there is nothing
// to balance, and a rebalance could only repeat or delay messages. Offsets are
// committed to a group all the same (commit.go), after the page is durable, for
// tools that show how far a reader is behind. Kafka groups of Event Hubs are
// made on first use, span the namespace and have nothing to do with the consumer
// groups that its portal lists. The default is a group of our own name: $Default
// is what other readers use, and their position would move with ours.
//
// What a cursor cannot know by itself is whether the hub is still the one it was
// made for. A hub that was deleted and created anew counts from zero again.
// Event Hubs gives no topic ids, so each partition's cursor also has a mark of
// the last message read. Reading starts one message earlier; if that message is
// another one, or the end lies before the cursor, the hub is a new one and is
// read from its beginning (place.go).
//
// Fetches are made here rather than by the client's own consumer (fetch.go):
// that one resets positions by leader epochs, which lost messages on Event Hubs,
// and would hide the gaps that have to be stated.
//
// Start reading at Options, then Source.Read, look.go and place.go.
package eventhub
