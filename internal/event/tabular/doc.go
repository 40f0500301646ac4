// Package tabular reads exports in rows and columns: the portal's CSV
// downloads of sign-ins and audits, the CSV that Log Analytics saves, and the
// rows of a Log Analytics answer. Each row becomes the JSON object that the
// same event would be on another path, so that nobody else needs to know that
// tables exist: portal rows become Graph objects, Log Analytics rows become
// objects of columns.
//
// The one invariant: Object is a pure function of a row and its header, and no
// cell that says something is dropped: a column without a counterpart keeps
// its header's name.
//
// A header is told by the set of its names, in any order, letter case and
// spacing. Headers that the portal wrote in another language are not read: the
// same word is used for different columns there, and a guess would be a wrong
// row. Start reading at ParseHeader, then Object.
package tabular
