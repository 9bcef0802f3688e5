package dialplan

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"sync"
	"time"
)

// Zone is the time zone of a name: one of the system's database, or a rule of POSIX such as
// "CET-1CEST,M3.5.0,M10.5.0/3". "" is the zone of the machine, and what is neither is UTC, as
// in Asterisk.
func Zone(name string) *time.Location {
	if name == "" {
		return time.Local
	}
	if l := zoneOf(name); l != nil {
		return l
	}
	return time.UTC
}

func knownZone(name string) bool { return zoneOf(name) != nil }

// zones keeps what was found: a database file is read once.
var (
	zonesLock sync.Mutex // guards zones
	zones     = map[string]*time.Location{}
)

// mostZones bounds them: a name may come from outside.
const mostZones = 1000

// zoneOf finds a zone, nil for none.
func zoneOf(name string) *time.Location {
	zonesLock.Lock()
	defer zonesLock.Unlock()
	l, ok := zones[name]
	if ok {
		return l
	}
	var err error
	if l, err = time.LoadLocation(name); err != nil {
		l = ruleZone(name)
	}
	if len(zones) < mostZones {
		zones[name] = l
	}
	return l
}

var zoneRule = regexp.MustCompile(`^([A-Za-z]{3,}|<[A-Za-z0-9+-]+>)[+-]?[0-9]`)

// ruleZone reads a rule of POSIX, nil for none. Package time reads such rules at the end of
// the files of its database (RFC 9636 3.3): so it is given one that has nothing else.
func ruleZone(text string) *time.Location {
	if !zoneRule.MatchString(text) {
		return nil
	}
	var file bytes.Buffer
	for range 2 { // the first one is for readers of version 1
		file.WriteString("TZif2" + string(make([]byte, 15)))
		binary.Write(&file, binary.BigEndian, [6]uint32{4: 1, 5: 4}) // one type, four letters
		file.WriteString(string(make([]byte, 6)) + "UTC\x00")
	}
	file.WriteString("\n" + text + "\n")
	l, err := time.LoadLocationFromTZData(text, file.Bytes())
	if err != nil {
		return nil
	}
	return l
}
