// Package attack has the names of MITRE ATT&CK's tactics and techniques that
// detections about identities use, in the numbering of version 18 and of
// version 19, and what one calls that the other renamed.
//
// The one invariant: a rule's ids stay as its author wrote them, with their
// version; a translation is only ever shown beside them.
//
// Version 19 (April 2026) split the tactic Defense Evasion: TA0005 is called
// Stealth, and Defense Impairment (TA0112) is new. T1562 and its
// sub-techniques were revoked in favour of T1685 and T1686. ATT&CK is a
// registered trademark of The MITRE Corporation; names are used as facts.
//
// Start reading at Find.
package attack
