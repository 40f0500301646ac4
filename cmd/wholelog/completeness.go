package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/wholelog/wholelog/internal/ops"
)

// printCompleteness sums the hours of each category up; --json has them all.
func printCompleteness(w io.Writer, rows []ops.HourStatus) error {
	if len(rows) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "tenant\tcategory\thours\tfrom\tto\treceived\tunique\tduplicate\tlate\tverdicts")
	for i := 0; i < len(rows); {
		sum, n := rows[i], 0
		sum.Received, sum.Unique, sum.Duplicate, sum.Late = 0, 0, 0, 0
		var last ops.HourStatus
		verdicts, order := map[string]int{}, []string{}
		for ; i < len(rows) && rows[i].Tenant == sum.Tenant && rows[i].Table == sum.Table; i++ {
			last = rows[i]
			n++
			sum.Received += last.Received
			sum.Unique += last.Unique
			sum.Duplicate += last.Duplicate
			sum.Late += last.Late
			kind, _, _ := strings.Cut(last.Verdict, "(")
			if verdicts[kind] == 0 {
				order = append(order, kind)
			}
			verdicts[kind]++
		}
		for j, v := range order {
			order[j] = fmt.Sprintf("%d %s", verdicts[v], v)
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%d\t%d\t%d\t%d\t%s\n", or(sum.Tenant, "(not stated)"), or(sum.Category, "(unparsed)"), n, sum.Hour, last.Hour,
			sum.Received, sum.Unique, sum.Duplicate, sum.Late, strings.Join(order, ", "))
	}
	return t.Flush()
}

// gapsShown bounds how many hours with gaps are listed unasked.
const gapsShown = 20

// printHours lists the hours that need a look.
func printHours(w io.Writer, rows []ops.HourStatus, all bool) error {
	var list []ops.HourStatus
	for _, r := range rows {
		if strings.HasPrefix(r.Verdict, "gap") || all && r.Verdict == "open" {
			list = append(list, r)
		}
	}
	if len(list) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "hour\tcategory\tverdict\treason")
	for i, r := range list {
		if i == gapsShown && !all {
			fmt.Fprintf(t, "...\t%d more\t\t--hours shows all\n", len(list)-i)
			break
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", r.Hour, or(r.Category, "(unparsed)"), r.Verdict, r.Reason)
	}
	return t.Flush()
}

// printLateness shows how long after their events records come.
func printLateness(w io.Writer, list []ops.Lateness) error {
	if len(list) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "lateness of\tby\tevents\thalf within\t90 %\t99 %\t99.9 %\tall")
	for _, l := range list {
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\n", l.Table, l.Path, l.Events, seconds(l.P50), seconds(l.P90), seconds(l.P99), seconds(l.P999), seconds(l.Max))
	}
	return t.Flush()
}

func seconds(n int64) string { return (time.Duration(n) * time.Second).String() }

func or(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}
