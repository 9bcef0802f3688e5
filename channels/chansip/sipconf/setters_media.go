package sipconf

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/config"
	"obelisk/media"
)

// setCodecs edits the ordered list: allow appends, disallow removes. "!x"
// inverts, "all" is all, ":ms" sets the packet length.
func setCodecs(allow bool) func(*optionReader, string) {
	return func(r *optionReader, v string) {
		for _, w := range strings.FieldsFunc(v, func(c rune) bool { return c == ',' || c == '|' }) {
			w = strings.TrimSpace(w)
			add := allow
			if n, inverted := strings.CutPrefix(w, "!"); inverted {
				w, add = n, !add
			}
			name, ms, _ := strings.Cut(w, ":")
			if strings.EqualFold(name, "all") {
				r.e.editCodecs(media.AllCodecs(), add)
				continue
			}
			c, ok := media.CodecByName(name)
			if !ok {
				r.warn("unknown codec '%s'%s; the rest of the line is in effect", name, config.DidYouMean(name, codecNames()))
				continue
			}
			r.e.editCodecs([]media.Codec{c}, add)
			if n, err := strconv.Atoi(ms); err == nil && n > 0 && add {
				pt := map[media.Codec]int{c: n}
				for k, v := range r.e.Ptime {
					if k != c {
						pt[k] = v
					}
				}
				r.e.Ptime = pt
			}
		}
	}
}

func setJitterImpl(r *optionReader, v string) {
	switch strings.ToLower(v) {
	case "fixed", "adaptive":
		r.g.Jitter.Adaptive = strings.EqualFold(v, "adaptive")
	default:
		r.bad(v, "fixed or adaptive")
	}
}

func setMilliseconds(field func(*General) *time.Duration) func(*optionReader, string) {
	return func(r *optionReader, v string) {
		if n, ok := r.number(v); ok {
			*field(r.g) = time.Duration(n) * time.Millisecond
		}
	}
}

func codecNames() []string {
	var out []string
	for _, c := range media.AllCodecs() {
		out = append(out, c.String())
	}
	return out
}

// editCodecs never changes a list that another endpoint shares.
func (e *Endpoint) editCodecs(list []media.Codec, add bool) {
	has := func(l []media.Codec, c media.Codec) bool {
		for _, x := range l {
			if x == c {
				return true
			}
		}
		return false
	}
	var out []media.Codec
	for _, c := range e.Codecs {
		if add || !has(list, c) {
			out = append(out, c)
		}
	}
	for _, c := range list {
		if add && !has(out, c) {
			out = append(out, c)
		}
	}
	e.Codecs = out
}

// DTMFModes are the words of dtmfmode.
var DTMFModes = map[string]DTMFMode{"rfc2833": DTMFRFC2833, "info": DTMFInfo, "shortinfo": DTMFShortInfo, "inband": DTMFInband,
	"auto": DTMFAuto}

func setDTMF(r *optionReader, v string) {
	m, ok := DTMFModes[strings.ToLower(v)]
	if !ok {
		r.warn("Unknown dtmf mode '%s', using rfc2833", v)
	}
	r.e.DTMF = m
}

func setProgressInband(r *optionReader, v string) {
	r.e.ProgressInband = word3(r, v, "never")
}

func setSDPOwner(r *optionReader, v string) {
	if strings.ContainsAny(v, " \t") || v == "" {
		r.bad(v, "a word without blanks")
		return
	}
	r.g.SDPOwner = v
}

func setVideo(r *optionReader, v string) {
	switch yes, known := config.Bool(v); {
	case strings.EqualFold(v, string(VideoAlways)):
		r.e.Video = VideoAlways
	case !known:
		r.bad(v, "no, yes, always")
	case yes:
		r.e.Video = VideoYes
	default:
		r.e.Video = VideoNo
	}
}

func setMediaSource(r *optionReader, v string) {
	switch strings.ToLower(v) {
	case "told":
		r.e.AnySource = false
	case "any":
		r.e.AnySource = true
	default:
		r.bad(v, "told, any")
	}
}

func setDirect(r *optionReader, v string) {
	var d DirectMedia
	for _, w := range strings.Split(strings.ToLower(v), ",") {
		switch yes, known := config.Bool(strings.TrimSpace(w)); {
		case known:
			d.On, d.NAT = yes, yes
		case w == "nonat":
			d.On = true
		case w == "update":
			d.On, d.Update = true, true
		case w == "outgoing":
			d.On, d.Outgoing = true, true
		default:
			r.bad(w, "yes, no, nonat, update, outgoing")
			return
		}
	}
	r.e.Direct = d
}

func setDirectACL(allow bool) func(*optionReader, string) {
	return func(r *optionReader, v string) {
		if err := r.rare().DirectACL.Add(allow, v); err != nil {
			r.warn("%s: %v; peer '%s' is left out", r.name, err, r.p.Name)
			r.drop = true
		}
	}
}

func setBitrate(r *optionReader, v string) {
	n, err := r.integer(v)
	if err != nil || n < 0 || n > math.MaxInt32 {
		r.bad(v, "kbit/s")
		return
	}
	r.e.MaxCallBitrate = n
}

func setT38(r *optionReader, v string) {
	t := T38{Correction: "FEC", MaxDatagram: r.e.T38.MaxDatagram}
	for _, w := range strings.Split(strings.ToLower(v), ",") {
		w = strings.TrimSpace(w)
		size, isSize := strings.CutPrefix(w, "maxdatagram=")
		switch yes, known := config.Bool(w); {
		case isSize:
			n, err := strconv.Atoi(size)
			if err != nil || n < 0 {
				r.bad(w, "a number of bytes")
				return
			}
			t.MaxDatagram = n
		case known:
			t.Enabled = yes
		case w == "fec":
			t.Correction = "FEC"
		case w == "redundancy":
			t.Correction = "Redundancy"
		case w == "none":
			t.Correction = "None"
		default:
			r.bad(w, "no, yes, fec, redundancy, none, maxdatagram=bytes")
			return
		}
	}
	r.e.T38 = t
}

func setFaxDetect(r *optionReader, v string) {
	var f FaxDetect
	if yes, known := config.Bool(v); known {
		r.e.FaxDetect = FaxDetect{yes, yes}
		return
	}
	for _, w := range strings.Split(strings.ToLower(v), ",") {
		switch strings.TrimSpace(w) {
		case "cng":
			f.Tone = true
		case "t38":
			f.T38 = true
		default:
			r.bad(w, "no, yes, cng, t38")
			return
		}
	}
	r.e.FaxDetect = f
}

func setTagLen(r *optionReader, v string) {
	switch v {
	case "32", "80":
		r.rare().ShortTag = v == "32"
	default:
		r.bad(v, "32 or 80")
	}
}

// settleG726 has g726 mean the packing of g726nonstandard.
func (e *Endpoint) settleG726() {
	if !e.G726AAL2 || !slices.Contains(e.Codecs, media.G726) {
		return
	}
	var list []media.Codec
	for _, c := range e.Codecs {
		if c == media.G726 {
			c = media.G726AAL2
		}
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	e.Codecs = list
}
