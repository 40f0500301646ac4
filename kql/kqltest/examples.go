package kqltest

// Examples x.
var Examples = map[string]string{}
