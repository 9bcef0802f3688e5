package convert

import (
	"net"
	"slices"
	"strings"

	"obelisk/internal/config"
)

// settings are the lines of sip.conf that are in force for an endpoint: those of [general] that
// endpoints have too, then its own with those of its templates.
type settings struct {
	name         string // of the endpoint; "" of a template
	general, own []config.Var
}

// every has the lines of an option in the section itself.
func (s *settings) every(name string) (out []config.Var) {
	for _, v := range s.own {
		if sipOption(v.Name) == name {
			out = append(out, v)
		}
	}
	return out
}

// generalAll has the lines of an option in [general].
func (s *settings) generalAll(name string) (out []config.Var) {
	list := s.general
	if list == nil {
		list = s.own
	}
	for _, v := range list {
		if sipOption(v.Name) == name {
			out = append(out, v)
		}
	}
	return out
}

// all has those of both, where the option may stand in both.
func (s *settings) all(name string) []config.Var {
	if s.general == nil || !generalToo[name] {
		return s.every(name)
	}
	return append(s.generalAll(name), s.every(name)...)
}

// inOrder are the lines that an endpoint has: those of [general] that it has too, then its own.
func (s *settings) inOrder() (out []config.Var) {
	for _, v := range s.general {
		if generalToo[sipOption(v.Name)] {
			out = append(out, v)
		}
	}
	return append(out, s.own...)
}

// last is the line that counts; one without a position where there is none.
func (s *settings) last(name string) (v config.Var) {
	if list := s.all(name); len(list) > 0 {
		return list[len(list)-1]
	}
	return v
}

func (s *settings) value(name string) string { return s.last(name).Value }

func (s *settings) generalValue(name string) string {
	if list := s.generalAll(name); len(list) > 0 {
		return list[len(list)-1].Value
	}
	return ""
}

// list is a value as words parted by commas, lower case.
func (s *settings) list(name string) (out []string) {
	for _, w := range strings.Split(s.value(name), ",") {
		if w = strings.ToLower(strings.TrimSpace(w)); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// transport is the one by which calls go out; "" where none is named.
func (s *settings) transport() string {
	if list := s.list("transport"); len(list) > 0 {
		return list[0]
	}
	return ""
}

// codecs are those that count after all lines of allow and disallow, "all" for all.
func (s *settings) codecs() []string {
	out := []string{"ulaw", "alaw", "gsm", "h263"} // chan_sip's without a line
	lists := [][]config.Var{s.own}
	if s.general != nil {
		lists = [][]config.Var{s.general, s.own}
	}
	for _, vars := range lists {
		for _, v := range vars {
			switch sipOption(v.Name) {
			case "allow":
				out = allowed(out, v.Value)
			case "disallow":
				out = disallowed(out, v.Value)
			}
		}
	}
	return out
}

// allowed adds what a line of allow says: names, with ! taken away.
func allowed(list []string, value string) []string {
	for _, w := range strings.Split(value, ",") {
		w = strings.ToLower(strings.TrimSpace(w))
		switch name, off := strings.CutPrefix(w, "!"); {
		case w == "":
		case off:
			list = disallowed(list, name)
		case w == "all":
			list = []string{"all"}
		default:
			list = slices.Clone(list)
			if i := slices.IndexFunc(list, func(o string) bool { return codecName(o) == codecName(w) }); i >= 0 {
				list[i] = w // it keeps its place
			} else {
				list = append(list, w)
			}
		}
	}
	return list
}

func disallowed(list []string, value string) []string {
	for _, w := range strings.Split(value, ",") {
		w = strings.ToLower(strings.TrimSpace(w))
		if w == "all" {
			list = nil
			continue
		}
		list = slices.DeleteFunc(slices.Clone(list), func(o string) bool { return codecName(o) == codecName(w) })
	}
	return list
}

// codecName is a codec without its packet length.
func codecName(w string) string {
	name, _, _ := strings.Cut(w, ":")
	return name
}

// isVideo says whether a codec is of video.
func isVideo(name string) bool {
	return slices.Contains([]string{"h261", "h263", "h263p", "h264", "h265", "mpeg4", "vp8", "vp9"}, codecName(name))
}

// hostPort parts a host from a port, which may be missing.
func hostPort(text string) (host, port string) {
	if h, p, err := net.SplitHostPort(text); err == nil {
		return h, p
	}
	return strings.Trim(text, "[]"), ""
}
