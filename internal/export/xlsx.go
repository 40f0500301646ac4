package export

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql"
)

// Limits of the format (ECMA-376, and what Excel opens).
const (
	xlsxRows    = 1_048_576
	xlsxColumns = 16_384
	xlsxCell    = 32_767 // UTF-16 units
	exactInt    = 1 << 53
)

// xlsx writes one sheet. Texts are inline strings, which no program takes for
// formulas.
type xlsx struct {
	z    *zip.Writer
	w    *bufio.Writer
	cols []kql.Column
	row  int
	cuts int
}

func newXLSX(w io.Writer) *xlsx { return &xlsx{z: zip.NewWriter(w)} }

// parts are the files of the package that are always the same. Style 1 is a
// date with time, style 2 bold.
var parts = []struct{ name, text string }{
	{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`},
	{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
	{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Result" sheetId="1" r:id="rId1"/></sheets></workbook>`},
	{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`},
	{"xl/styles.xml", `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss.000"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf/><xf numFmtId="164" applyNumberFormat="1"/><xf fontId="1" applyFont="1"/></cellXfs></styleSheet>`},
}

func (x *xlsx) Head(r *query.Result) error {
	if len(r.Columns) > xlsxColumns {
		return fmt.Errorf("the result has %d columns, XLSX holds %d: project fewer, or use parquet", len(r.Columns), xlsxColumns)
	}
	for _, p := range parts {
		w, err := x.z.Create(p.name)
		if err == nil {
			_, err = io.WriteString(w, xml.Header+p.text)
		}
		if err != nil {
			return err
		}
	}
	w, err := x.z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return err
	}
	x.w, x.cols = bufio.NewWriterSize(w, 1<<16), r.Columns
	fmt.Fprint(x.w, xml.Header, `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" state="frozen"/></sheetView></sheetViews><sheetData><row>`)
	x.row = 1
	for _, c := range r.Columns {
		x.text(c.Name, ` s="2"`)
	}
	_, err = x.w.WriteString("</row>")
	return err
}

func (x *xlsx) text(s, style string) {
	if units := utf16.Encode([]rune(s)); len(units) > xlsxCell {
		x.cuts++
		s = string(utf16.Decode(units[:xlsxCell]))
	}
	// Control characters cannot stand in XML.
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return '\ufffd'
		}
		return r
	}, s)
	x.w.WriteString(`<c t="inlineStr"` + style + `><is><t xml:space="preserve">`)
	_ = xml.EscapeText(x.w, []byte(s)) // a bufio.Writer keeps its error
	x.w.WriteString(`</t></is></c>`)
}

// excelZero is day 0 of Excel's dates: 1899-12-30.
var excelZero = int64(693593) * 24 * 3600 * schema.TicksPerSecond

func (x *xlsx) Row(r query.Row) error {
	if x.row++; x.row > xlsxRows {
		return fmt.Errorf("the result has more rows than XLSX holds (%d): add take or summarize, or use csv or parquet", xlsxRows-1)
	}
	x.w.WriteString("<row>")
	for i, v := range r {
		switch v := v.(type) {
		case nil:
			x.w.WriteString("<c/>")
		case bool:
			n := "0"
			if v {
				n = "1"
			}
			x.w.WriteString(`<c t="b"><v>` + n + `</v></c>`)
		case int64:
			switch {
			case x.cols[i].Type == kql.Datetime && v > excelZero+61*24*3600*schema.TicksPerSecond:
				days := float64(v-excelZero) / (24 * 3600 * schema.TicksPerSecond)
				x.w.WriteString(`<c s="1"><v>` + strconv.FormatFloat(days, 'f', -1, 64) + `</v></c>`)
			case x.cols[i].Type == kql.Datetime, x.cols[i].Type == kql.Timespan, v > exactInt, v < -exactInt:
				x.text(query.Text(x.cols[i].Type, v), "")
			default:
				x.w.WriteString(`<c><v>` + strconv.FormatInt(v, 10) + `</v></c>`)
			}
		case float64:
			if math.IsNaN(v) || math.IsInf(v, 0) {
				x.text(query.Text(x.cols[i].Type, v), "")
				continue
			}
			x.w.WriteString(`<c><v>` + strconv.FormatFloat(v, 'g', -1, 64) + `</v></c>`)
		default:
			x.text(query.Text(x.cols[i].Type, v), "")
		}
	}
	_, err := x.w.WriteString("</row>")
	return err
}

func (x *xlsx) End(*query.Result) error {
	x.w.WriteString("</sheetData></worksheet>")
	if err := x.w.Flush(); err != nil {
		return err
	}
	return x.z.Close()
}

func (x *xlsx) notices() []string {
	out := []string{"times are shown to the millisecond: XLSX keeps dates as days with a fraction"}
	if x.cuts > 0 {
		out = append(out, fmt.Sprintf("%d cells are cut: XLSX holds %d characters in one", x.cuts, xlsxCell))
	}
	return out
}
