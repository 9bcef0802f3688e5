package look

import "strings"

// Boxes are the mailboxes that there are: for each number the contexts that have it.
type Boxes struct {
	Homes map[string][]string
	Kept  bool // there is a voicemail.conf
}

// Boxes are those of voicemail.conf and of users.conf.
func (l *Look) Boxes() Boxes {
	if l.read.boxes {
		return l.boxes
	}
	l.read.boxes = true
	f := l.File("voicemail.conf")
	if f == nil {
		return l.boxes
	}
	l.boxes = Boxes{Homes: map[string][]string{}, Kept: true}
	for _, s := range f.Visible() {
		if n := strings.ToLower(s.Name); n == "general" || n == "zonemessages" || n == "zones" {
			continue
		}
		for _, v := range s.Vars {
			l.boxes.Homes[v.Name] = append(l.boxes.Homes[v.Name], s.Name)
		}
	}
	for _, name := range l.UserMailboxes() {
		l.boxes.Homes[name] = append(l.boxes.Homes[name], "default")
	}
	return l.boxes
}
