package voiceagent

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"obelisk/internal/config"
	"obelisk/internal/wsock"
	"obelisk/media/program"
)

// Profile is a section of voiceagent.conf: an agent, and how it is spoken with.
type Profile struct {
	Name    string
	Client  wsock.Client // where it is
	Dialect string       // native, twilio, openai
	Format  program.Format

	BargeIn   bool
	MinSpeech time.Duration // of a caller who interrupts
	Margin    float64       // dB over what is heard otherwise
	Comfort   int           // amplitude of the noise between two sentences

	Filler   string // a class of music, or "prompt:" and a sound
	Tries    int    // of a connection that has broken
	Pause    time.Duration
	Fallback string // exten@context
	Context  string // to which the agent may transfer; "": that of the call
	Mask     bool   // keys are not for the agent
	Longest  time.Duration

	Instructions, Voice, Greeting string // of openai
	Parameters                    [][2]string
	Pos                           config.Pos
}

func newProfile(name string) *Profile {
	p := &Profile{Name: name, Dialect: "native", Format: program.Linear(16000), BargeIn: true, MinSpeech: 60 * time.Millisecond, Margin: 9,
		Comfort: 6, Tries: 3, Pause: 500 * time.Millisecond}
	p.Client = wsock.Client{Name: name, Timeout: 2 * time.Second, Pause: p.Pause, Tries: 1}
	return p
}

// profiles are the options of a section.
var profiles = config.Table[Profile]{File: "voiceagent.conf", Section: "an agent", Options: []config.Option[Profile]{
	{Name: "uri", Takes: "ws://host/path or wss://", Help: "where the agent is", Set: func(p *Profile, v string) error {
		u, err := url.Parse(v)
		if err != nil || u.Scheme != "ws" && u.Scheme != "wss" || u.Host == "" {
			return fmt.Errorf("it takes an address that begins with ws:// or wss://")
		}
		p.Client.URI = v
		return nil
	}},
	{Name: "dialect", Takes: "native|twilio|openai", Default: "native", Help: "how it speaks: as the media WebSocket of Asterisk with " +
		"JSON, as Twilio's media streams, as OpenAI's realtime interface", Set: func(p *Profile, v string) error {
		switch v = strings.ToLower(v); v {
		case "native":
		case "twilio":
			p.Format, _ = program.Named("ulaw")
			p.BargeIn = false
		case "openai":
			p.Format = program.Linear(24000)
		default:
			return fmt.Errorf("it takes native, twilio or openai")
		}
		p.Dialect = v
		return nil
	}},
	{Name: "rate", Takes: "8000|16000|24000", Default: "16000", Help: "of the native dialect, in Hz", Set: func(p *Profile, v string) error {
		for _, hz := range []int{8000, 16000, 24000} {
			if v == fmt.Sprint(hz) {
				p.Format = program.Linear(hz)
				return nil
			}
		}
		return fmt.Errorf("it takes 8000, 16000 or 24000")
	}},
	{Name: "username", Takes: "a name", Help: "for HTTP Basic", Set: config.SetText(func(p *Profile) *string { return &p.Client.User })},
	{Name: "password", Takes: "a text", Help: "likewise", Set: config.SetText(func(p *Profile) *string { return &p.Client.Password })},
	{Name: "header", Takes: "Name: value", Help: "of the request; may stand several times", Set: func(p *Profile, v string) error {
		name, value, ok := strings.Cut(v, ":")
		if !ok || name == "" || strings.ContainsAny(v, "\r\n") {
			return fmt.Errorf("it takes Name: value")
		}
		p.Client.Headers = append(p.Client.Headers, [2]string{strings.TrimSpace(name), strings.TrimSpace(value)})
		return nil
	}},
	{Name: "ca_list_file", Takes: "a file", Help: "whose certificates are believed",
		Set: config.SetText(func(p *Profile) *string { return &p.Client.CAFile })},
	{Name: "connection_timeout", Takes: "1 to 60000 ms", Default: "2000", Help: "for a connection", Set: config.SetTime(time.Millisecond, 1,
		60000, func(p *Profile) *time.Duration { return &p.Client.Timeout })},
	{Name: "bargein", Takes: "yes|no", Default: "yes; no for twilio", Help: "a caller who speaks silences the agent",
		Set: config.SetBool(func(p *Profile) *bool { return &p.BargeIn })},
	{Name: "bargein_minimum", Takes: "20 to 1000 ms", Default: "60", Help: "of speech, until it does",
		Set: config.SetTime(time.Millisecond, 20, 1000, func(p *Profile) *time.Duration { return &p.MinSpeech })},
	{Name: "bargein_margin", Takes: "3 to 30 dB", Default: "9", Help: "by how much louder than all else it has to be",
		Set: func(p *Profile, v string) error {
			var dB int
			if err := config.SetInt(3, 30, func(*Profile) *int { return &dB })(p, v); err != nil {
				return err
			}
			p.Margin = float64(dB)
			return nil
		}},
	{Name: "comfort_noise", Takes: "0 to 1000", Default: "6", Help: "amplitude of the noise between two sentences, of 32767; 0: silence",
		Set: config.SetInt(0, 1000, func(p *Profile) *int { return &p.Comfort })},
	{Name: "filler", Takes: "a class of music, or prompt:sound", Help: "what the caller hears while the agent cannot be reached",
		Set: config.SetText(func(p *Profile) *string { return &p.Filler })},
	{Name: "retries", Takes: "0 to 100", Default: "3", Help: "tries to connect again",
		Set: config.SetInt(0, 100, func(p *Profile) *int { return &p.Tries })},
	{Name: "retry_interval", Takes: "1 to 60000 ms", Default: "500", Help: "between two of them", Set: config.SetTime(time.Millisecond, 1,
		60000, func(p *Profile) *time.Duration { return &p.Pause })},
	{Name: "fallback", Takes: "exten@context", Help: "where the call goes when it stays unreachable", Set: func(p *Profile, v string) error {
		if _, _, ok := strings.Cut(v, "@"); !ok {
			return fmt.Errorf("it takes exten@context")
		}
		p.Fallback = v
		return nil
	}},
	{Name: "transfer_context", Takes: "a context", Default: "that of the call", Help: "to whose extensions the agent may transfer",
		Set: config.SetText(func(p *Profile) *string { return &p.Context })},
	{Name: "mask_digits", Takes: "yes|no", Default: "no",
		Help: "the agent is told that a key was pressed, and not which; VOICEAGENT_KEYS has them",
		Set:  config.SetBool(func(p *Profile) *bool { return &p.Mask })},
	{Name: "longest", Takes: "0 to 86400 s", Default: "0", Help: "of a conversation; 0: no limit", Set: config.SetTime(time.Second, 0, 86400,
		func(p *Profile) *time.Duration { return &p.Longest })},
	{Name: "instructions", Takes: "a text", Help: "of openai: what it is to do",
		Set: config.SetText(func(p *Profile) *string { return &p.Instructions })},
	{Name: "voice", Takes: "a name", Help: "of openai: how it sounds", Set: config.SetText(func(p *Profile) *string { return &p.Voice })},
	{Name: "greeting", Takes: "a text", Help: "of openai: what it begins with",
		Set: config.SetText(func(p *Profile) *string { return &p.Greeting })},
	{Name: "parameter", Takes: "name=value", Help: "that the agent is told; may stand several times", Set: func(p *Profile, v string) error {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return fmt.Errorf("it takes name=value")
		}
		p.Parameters = append(p.Parameters, [2]string{name, value})
		return nil
	}},
}}

// readProfiles reads voiceagent.conf; f may be nil.
func readProfiles(f *config.File) (out map[string]*Profile, diags []config.Diagnostic) {
	out = map[string]*Profile{}
	if f == nil {
		return out, nil
	}
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			continue
		}
		p := newProfile(s.Name)
		p.Pos = s.Pos
		if v, ok := s.Lookup("dialect"); ok { // what else is said counts more
			profiles.Options[1].Set(p, v.Value)
		}
		dialect := p.Dialect
		diags = append(diags, profiles.Read(s, p, func(v config.Var) bool {
			return strings.EqualFold(v.Name, "dialect") && dialect == strings.ToLower(v.Value)
		})...)
		say := func(text string) {
			diags = append(diags, config.Diagnostic{Pos: s.Pos, Text: "agent '" + s.Name + "': " + text})
		}
		switch {
		case p.Client.URI == "":
			say("it has no uri and has no effect")
			continue
		case p.Dialect == "twilio" && p.Format.Name != "ulaw", p.Dialect == "openai" && p.Format.Rate != 24000:
			say("rate is of the native dialect")
		}
		out[s.Name] = p
	}
	return out, diags
}
