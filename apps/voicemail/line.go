package voicemail

import (
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/dialplan/say"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
	"obelisk/pbx/record"
)

// line is a call of the core: what implements call but for tests.
type line struct {
	c      *pbx.Channel
	player *prompt.Player
}

var _ call = (*line)(nil)

func (d *desk) line(c *pbx.Channel) *line { return &line{c, d.player} }

func (l *line) gone() bool { return l.c.Gone() }

// pressed is a key of the core's; none may mean that the call is gone.
func (l *line) pressed(k byte) key {
	if l.c.Gone() {
		return gone
	}
	return key(k)
}

func (l *line) play(stops string, names ...string) key {
	k, _ := l.player.List(l.c, names, prompt.How{Stops: prompt.Keys(stops)}) // what is missing was told
	return l.pressed(k)
}

func (l *line) wait(d time.Duration) key { return l.pressed(l.c.WaitDigit(d)) }

func (l *line) ask(limits reading, prompts ...string) (string, key) {
	a := l.player.Digits(l.c, prompt.Ask{Prompts: prompts, Most: limits.most, Ends: "#", First: limits.first, Next: limits.next})
	if l.c.Gone() {
		return "", gone
	}
	return a.Digits, none
}

func (l *line) listen(path string, k Keys, skip time.Duration) key {
	steer := prompt.Control{Forward: k.Forward, Rewind: k.Reverse, Stop: k.Stop, Pause: k.Pause, Restart: k.Restart, Skip: skip}
	h, err := l.player.Control(l.c, path, steer)
	if err != nil {
		l.warn("Playback of message " + path + " failed: " + err.Error())
	}
	return l.pressed(h.Key)
}

func (l *line) record(r recording) recorded {
	if r.prompt != "" {
		l.play(anyKey, r.prompt)
	}
	if r.prompt != "" || r.beep {
		l.play("", "beep")
	}
	if l.c.Gone() {
		return recorded{key: gone}
	}
	t := record.Run(l.c, record.Job{Path: r.path, Formats: r.formats, Limit: r.most, Silence: r.silence, Level: r.threshold, Gain: r.gain,
		Ends: prompt.Keys(r.accepts + r.cancels), Trim: r.trim})
	out := recorded{key: key(t.Key), silent: t.Why == record.BySilence, length: t.Length, sound: t.Length, err: t.Err}
	if r.silence > 0 { // else nobody has measured it
		out.sound = max(t.Length+r.trim(t)-t.Silence, 0)
	}
	switch {
	case t.Why == record.ByHangup:
		out.key, out.err = gone, nil // what is on the disk is kept
	case t.Err == nil && !r.quiet && (t.Key == 0 || strings.IndexByte(r.cancels, t.Key) < 0):
		l.play("", "auth-thankyou")
	}
	return out
}

// kept is how much of the silence at the end of a recording stays.
const kept = 200 * time.Millisecond

// trim takes the silence off the end of a recording, but where the call was over.
func (r recording) trim(t record.Result) time.Duration {
	if r.silence == 0 || t.Why == record.ByHangup {
		return 0
	}
	return max(t.Trailing-kept, 0)
}

func (l *line) has(name string) bool        { return l.player.Has(l.c, name) }
func (l *line) voice() say.Voice            { return l.player.Voice(l.c, "") }
func (l *line) spell(text string) []string  { return l.voice().Alpha(text, say.CaseNone) }
func (l *line) setLanguage(language string) { l.c.SetLanguage(language) }
func (l *line) answer()                     { l.c.Answer() }
func (l *line) progress()                   { l.c.Leg().Indicate(pbx.IndicateProgress) }
func (l *line) up() bool                    { return l.c.View().State == pbx.StateUp }
func (l *line) caller() pbx.CallerID        { return l.c.View().CallerID }
func (l *line) name() string                { return l.c.Name() }
func (l *line) variable(name string) string { return l.c.Variable(name) }
func (l *line) setVar(name, value string)   { l.c.SetVar(name, value) }
func (l *line) warn(text string)            { l.c.Warn(text) }

func (l *line) verbose(format string, args ...any) {
	l.c.Show(3, "app_voicemail.c", format, args...)
}

func (l *line) address() string {
	if r, ok := l.c.Leg().(pbx.ChannelReader); ok {
		at, _ := r.ChannelItem("recvip")
		return at
	}
	return ""
}

func (l *line) rdnis() string {
	if r := l.c.Redirecting(); r != nil {
		return r.Num
	}
	return ""
}

func (l *line) place() place {
	at := l.c.Machine().At()
	macro := l.c.Variable("MACRO_CONTEXT")
	return place{context: at.Context, exten: at.Exten, priority: at.Priority, macro: macro}
}

func (l *line) exists(context, exten string) bool {
	return l.c.Machine().Plan().Exists(context, exten, l.c.Query())
}

func (l *line) begins(context string, k byte) bool {
	return l.c.Machine().Plan().CanMatch(context, string(rune(k)), l.c.Query())
}

func (l *line) goTo(context, exten string) {
	if exten == "" {
		exten = l.c.Machine().At().Exten
	}
	l.c.Machine().Goto(dialplan.Location{Context: context, Exten: exten, Priority: 1})
}
