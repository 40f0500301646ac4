package builtin

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// cityFile writes a database in MaxMind's format in which all of the IPv4
// addresses 128.0.0.0/1 are in one place.
func cityFile(t *testing.T) string {
	t.Helper()
	var data bytes.Buffer
	size := func(kind byte, n int) { // below 29 a length is in the control byte
		data.WriteByte(kind<<5 | byte(n))
	}
	str := func(s string) { size(2, len(s)); data.WriteString(s) }
	double := func(f float64) {
		size(3, 8)
		data.Write(binary.BigEndian.AppendUint64(nil, math.Float64bits(f)))
	}
	list := func(n int) { data.WriteByte(byte(n)); data.WriteByte(11 - 7) }
	number := func(n uint16) { size(5, 2); data.Write(binary.BigEndian.AppendUint16(nil, n)) }
	names := func(s string) { size(7, 1); str("names"); size(7, 1); str("en"); str(s) }
	size(7, 4)
	str("country")
	names("Norway")
	str("subdivisions")
	list(1)
	names("Vestland")
	str("city")
	names("Bergen")
	str("location")
	size(7, 2)
	str("latitude")
	double(60.5)
	str("longitude")
	double(5.25)
	record := bytes.Clone(data.Bytes())

	// One node: its left side is empty (1 = number of nodes), its right side
	// points at the record, after the 16 bytes between tree and data.
	file := []byte{0, 0, 1, 0, 0, 1 + 16}
	file = append(file, make([]byte, 16)...)
	file = append(file, record...)
	file = append(file, "\xab\xcd\xefMaxMind.com"...)
	data.Reset()
	size(7, 9)
	for k, n := range map[string]uint16{"node_count": 1, "record_size": 24, "ip_version": 4, "binary_format_major_version": 2, "binary_format_minor_version": 0} {
		str(k)
		number(n)
	}
	str("build_epoch")
	number(1)
	str("database_type")
	str("City")
	str("languages")
	list(1)
	str("en")
	str("description")
	size(7, 1)
	str("en")
	str("test")
	path := filepath.Join(t.TempDir(), "city.mmdb")
	if err := os.WriteFile(path, append(file, data.Bytes()...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestGeoInfo(t *testing.T) {
	f := check(t)
	f("null", "geo_info_from_ip_address", "200.1.2.3")
	if GeoReady() {
		t.Error("ready without a file")
	}
	if err := GeoFile(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("no error for a missing file")
	}
	if err := GeoFile(cityFile(t)); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := GeoFile(""); err != nil || GeoReady() {
			t.Errorf("still ready: %v", err)
		}
	}()
	const bergen = `{"country":"Norway","state":"Vestland","city":"Bergen","latitude":60.5,"longitude":5.25}`
	f(bergen, "geo_info_from_ip_address", "200.1.2.3")
	f(bergen, "geo_info_from_ip_address", "::ffff:200.1.2.3")
	f("null", "geo_info_from_ip_address", "10.1.2.3")
	f("null", "geo_info_from_ip_address", "2001:db8::1")
	f("null", "geo_info_from_ip_address", "not an address")
}
