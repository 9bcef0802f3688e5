package test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"obelisk/internal/boot"
	"obelisk/internal/store/history"
	"obelisk/internal/testkit"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	pagedomain "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The console for browsers in a real one: what a person does with keyboard and mouse, on a switchboard
// with calls, phones and thirty days of figures.

const consoleUser, consoleSecret = "admin", "correct horse"

// consoled is a browser that has logged in.
type consoled struct {
	*page
	sys  *boot.System
	dir  string // of the configuration
	base string
}

// consoleFiles are an office with something on each page.
func consoleFiles(port int) map[string]string {
	sip := "[general]\nudpbindaddr=127.0.0.1:5970\ncallcounter=yes\ndisallow=all\nallow=ulaw\nregister => 4930123:provider@sip.invalid\n"
	for _, p := range [][2]string{{"1001", "Anna Reception"}, {"1002", "Ben Workshop"}, {"1003", "Cleo Warehouse"}} {
		sip += fmt.Sprintf("\n[%s]\ntype=friend\nhost=dynamic\ncontext=inside\nsecret=s%s\ncallerid=\"%s\" <%s>\nqualify=yes\n", p[0], p[0],
			p[1], p[0])
	}
	return map[string]string{
		"sip.conf": strings.ReplaceAll(sip, "4930123:provider", "4930123:secret"),
		"extensions.conf": "[inside]\nexten => _100X,hint,SIP/${EXTEN}\nexten => 1001,hint,SIP/1001\nexten => 1002,hint,SIP/1002\n\nexten => " +
			"1001,1,NoOp(Anna answers for all)\n same => n,Dial(SIP/1001,20)\n same => n,VoiceMail(1001,u)\n" +
			"exten => 1002,1,Dial(SIP/1002&SIP/1001,20)\nexten => 600,1,Answer()\n same => n,Echo()\nexten => 800,1,Queue(support)\nexten => " +
			"900,1,ConfBridge(team)\nexten => 999,1,Dail(SIP/1003)\n",
		"voicemail.conf":  "[default]\n1001 => 4711,Anna Reception\n1002 => 4712,Ben Workshop\n",
		"queues.conf":     "[support]\nmember => SIP/1001\nmember => SIP/1002\n",
		"confbridge.conf": "[general]\n", "extensions.test": "[an echo]\ncall = 600@inside from 1001\nexpect step Echo\n",
		"http.conf":    fmt.Sprintf("[general]\nenabled=yes\nbindaddr=127.0.0.1\nbindport=%d\n", port),
		"console.conf": "[general]\n[" + consoleUser + "]\nsecret=" + consoleSecret + "\nrole=administrator\n",
	}
}

// consoleWith starts a switchboard whose figures the past has, and logs a browser in.
func consoleWith(t *testing.T) *consoled {
	t.Helper()
	return consoleOn(t, consoleFiles)
}

// consoleOn is the same with other files, which are told the port of the console.
func consoleOn(t *testing.T, files func(port int) map[string]string) *consoled {
	t.Helper()
	tool(t, "chromium")
	port := freePort(t)
	c := &consoled{base: fmt.Sprintf("http://127.0.0.1:%d", port), dir: t.TempDir()}
	pastFigures(t, filepath.Join(c.dir, "lib", "console.sqlite3"))
	for name, text := range files(port) {
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	asterisk := fmt.Sprintf("[directories]\nastdbdir => %[1]s/lib\nastlogdir => %[1]s/log\nastrundir => %[1]s/run\nastspooldir => "+
		"%[1]s/spool\nastdatadir => %[1]s/data\n", c.dir)
	if err := os.WriteFile(filepath.Join(c.dir, "asterisk.conf"), []byte(asterisk), 0o640); err != nil {
		t.Fatal(err)
	}
	sys, err := boot.Start(boot.Options{ConfFile: filepath.Join(c.dir, "asterisk.conf"), NoConsole: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sys.Stop("now"); sys.Wait() })
	c.sys = sys
	ctx, shut := chromedp.NewContext(chromium(t), chromedp.WithNewBrowserContext())
	t.Cleanup(shut)
	if err := chromedp.Do(ctx); err != nil { // the first one has no limit, which would be that of the page
		t.Fatal(err)
	}
	c.page = &page{t: t, name: "console", ctx: ctx, shut: shut}
	c.do(chromedp.Navigate(c.base+"/"), chromedp.SendKeys(chromedp.CSS("#user"), consoleUser), chromedp.SendKeys(chromedp.CSS("#password"),
		consoleSecret+kb.Enter))
	c.waits("the first page", "!!document.querySelector('nav')")
	return c
}

// pastFigures are those of an office for 30 days.
func pastFigures(t *testing.T, file string) {
	t.Helper()
	db, err := history.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var list []history.Hour
	now := time.Now().Truncate(time.Hour)
	for i := 1; i < 720; i++ {
		at := now.Add(-time.Duration(i) * time.Hour)
		calls := int(90 * max(0, math.Sin(float64(at.Hour()-7)/12*math.Pi)) * (1 + 0.3*math.Sin(float64(i)*1.7)))
		if at.Weekday() == time.Sunday {
			calls /= 6
		}
		answered := calls * 8 / 10
		var setups [12]int
		for k, share := range []float64{.02, .05, .08, .1, .15, .25, .2, .1, .04, .01} {
			setups[k] = int(share * float64(answered))
		}
		sum, _ := json.Marshal(map[string]any{"calls": calls, "answered": answered, "noanswer": (calls - answered) * 3 / 4,
			"failed": (calls - answered) / 4, "setups": setups, "peak": calls / 6, "registered": 3 - i%37/36, "least": 3 - i%11/10, "known": 3})
		list = append(list, history.Hour{At: at, Figures: sum})
		for k, name := range []string{"1001", "1002", "provider"} {
			one, _ := json.Marshal(map[string]any{"packets": calls * 3000, "lost": calls * (k*k*12 + i%(7+k)), "jitters": calls,
				"jittersum": float64(calls) * (2 + float64(k+i%5)), "jittermax": 10 + 7*k + i%9})
			if calls > 0 {
				list = append(list, history.Hour{At: at, Name: name, Figures: one})
			}
		}
	}
	if err := db.Put(list); err != nil {
		t.Fatal(err)
	}
}

func (c *consoled) do(steps ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		c.t.Fatal(err)
	}
}

// waits until something is so in the page.
func (c *consoled) waits(what, script string) {
	c.t.Helper()
	var ok bool
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		// a page that goes just now has no answer
		if c.try("!!("+script+")", &ok) == nil && ok {
			return
		}
	}
	text := ""
	c.try("location.href + ' ' + document.body.innerText.slice(0, 600)", &text)
	c.t.Fatalf("%s is not seen: %s", what, text)
}

func (c *consoled) goes(path string) { c.do(chromedp.Navigate(c.base + path)) }

// TestConsoleInBrowser is what an administrator does: keys, a live call, a file that is changed,
// refused, written and put back.
func TestConsoleInBrowser(t *testing.T) {
	alongside(t, &officeLane)
	c := consoleWith(t)
	// a key of chromedp types on although the page has taken it
	c.run("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '/', bubbles: true, cancelable: true}))", nil)
	c.waits("/ finds", "document.activeElement.id === 'q'")
	c.do(chromedp.KeyEvent("1001" + kb.Enter))
	c.waits("what was found", "document.readyState === 'complete' && location.pathname === '/find' && !!document.querySelector('.found "+
		"a[href=\"/phone/1001\"]')")
	c.do(chromedp.KeyEvent("g"), chromedp.KeyEvent("n"))
	c.waits("g n goes", "location.pathname === '/' && !!document.querySelector('[data-live=now]')")

	sipPhone := newCaller(t)
	sipPhone.call("600")
	c.waits("a call that begins", "/600/.test(document.querySelector('[data-live=now]').innerText)")
	c.run("document.querySelector('[data-live=now] a').focus(); document.querySelector('[data-live=now] a').click()", nil)
	c.waits("its ladder", "/INVITE[^]*200 OK[^]*ACK/.test(document.querySelector('.story')?.innerText ?? '')")
	sipPhone.bye()
	c.waits("its end", "/BYE/.test(document.querySelector('.story').innerText)")

	old, err := os.ReadFile(filepath.Join(c.dir, "extensions.conf"))
	if err != nil {
		t.Fatal(err)
	}
	now := func() string {
		b, _ := os.ReadFile(filepath.Join(c.dir, "extensions.conf"))
		return string(b)
	}
	edit := func(from, to, act string) {
		c.waits("the file's text", "!!document.getElementById('text')")
		c.run(fmt.Sprintf("document.getElementById('text').value = document.getElementById('text').value.replace(%q, %q)", from, to), nil)
		c.do(chromedp.Click(chromedp.CSS("button[value=" + act + "]")))
	}
	c.goes("/file/extensions.conf")
	c.waits("a finding at its line", "/Dail/.test(document.querySelector('.findings').innerText)")
	edit("[inside]", "[inside", "apply")
	c.waits("a broken file", "/extensions.conf:1/.test(document.querySelector('.fault')?.innerText ?? '')")
	if now() != string(old) {
		t.Error("it was written")
	}
	edit("[inside\n", "[inside]\n", "look")
	c.waits("nothing changes", "document.querySelectorAll('.diff tr').length === 0 && !document.querySelector('.fault')")
	edit("Dail(", "Dial(", "apply")
	c.waits("written", "!!document.querySelector('.done')")
	if now() != strings.Replace(string(old), "Dail(", "Dial(", 1) {
		t.Errorf("it is %q", now())
	}
	c.do(chromedp.Click(chromedp.CSS("a[href*='/version/']")))
	c.waits("a version", "location.pathname.includes('/version/')")
	c.goes("/file/extensions.conf")
	c.run("document.querySelector('tr:last-of-type a[href*=\"/version/\"]').click()", nil)
	c.waits("the first version", "/Dail/.test(document.querySelector('.diff')?.innerText ?? '')")
	c.do(chromedp.Click(chromedp.CSS("button[value=save]")))
	c.waits("put back", "!!document.querySelector('.done')")
	if now() != string(old) {
		t.Errorf("put back: %q", now())
	}
}

// allPaths are the pages of the console, with those behind a link.
func (c *consoled) allPaths(call string) []string {
	return []string{"/", "/calls", "/call/" + call, "/phones", "/phone/1001", "/trunks", "/office", "/dialplan?number=1002&context=inside",
		"/numbers?span=168", "/softphone", "/files", "/file/extensions.conf", "/find?q=1001", "/system"}
}

// scene is what is to be seen: two calls, and a file that was changed.
func (c *consoled) scene() (call string) {
	c.t.Helper()
	caller := newCaller(c.t)
	caller.call("600")
	caller.refused("999")
	c.goes("/file/extensions.conf")
	c.run("document.getElementById('text').value += '; noted\\n'", nil)
	c.do(chromedp.Click(chromedp.CSS("button[value=save]")))
	c.waits("written", "!!document.querySelector('.done')")
	c.goes("/")
	c.waits("a call", "/600/.test(document.querySelector('[data-live=now]').innerText)")
	c.waits("how it is heard", "!!document.querySelector('.heard')")
	c.run("document.querySelector('[data-live=now] a').href.split('/').pop()", &call)
	return call
}

// TestConsoleIsAccessible has axe-core look at every page, light, dark and narrow.
func TestConsoleIsAccessible(t *testing.T) {
	alongside(t, &officeLane)
	axe, err := os.ReadFile(axeCore())
	if err != nil {
		t.Skip("axe-core is not there; make test fetches it with npm")
	}
	c := consoleWith(t)
	paths := c.allPaths(c.scene())
	for _, look := range looks {
		c.look(look)
		for _, path := range paths {
			c.goes(path)
			c.run(string(axe), nil)
			var found []string
			c.run(`axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then(r => r.violations.map(v => v.id + ' ' + v.nodes[0].target.join(' ')))`, &found)
			var wide int
			c.run("document.scrollingElement.scrollWidth", &wide)
			if len(found) > 0 || wide > look.width {
				t.Errorf("%s, %s: %q, %d pixels wide", path, look.name, found, wide)
			}
		}
	}
}

// look is how a page is looked at.
type look struct {
	name, scheme string
	width        int
}

var looks = []look{{"light", "light", 1200}, {"dark", "dark", 1200}, {"narrow", "light", 360}}

func (c *consoled) look(l look) {
	c.t.Helper()
	c.do(func(ctx context.Context, t *chromedp.Target) (v chromedp.Void, err error) {
		if _, err = cdp.Call(ctx, t, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: int64(l.width),
			Height: 800, DeviceScaleFactor: 1}); err == nil {
			_, err = cdp.Call(ctx, t, emulation.SetEmulatedMedia,
				emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}}})
		}
		return v, err
	})
}

// TestPictures writes pictures of every page where OBELISK_PICTURES says (make pictures).
func TestPictures(t *testing.T) {
	folder := os.Getenv("OBELISK_PICTURES")
	if folder == "" {
		t.Skip("make pictures asks for them")
	}
	c := consoleWith(t)
	paths := c.allPaths(c.scene())
	time.Sleep(12 * time.Second) // of audio
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, l := range looks {
		c.look(l)
		for _, path := range paths {
			c.goes(path)
			time.Sleep(500 * time.Millisecond)
			c.picture(filepath.Join(folder, pictureName(path)+"-"+l.name+".png"), l)
		}
	}
	c.run("document.querySelector('form[action$=logout]').submit()", nil)
	c.waits("the login", "document.querySelector('#password')")
	for _, l := range looks {
		c.look(l)
		c.picture(filepath.Join(folder, "login-"+l.name+".png"), l)
	}
}

// pictureName is the first part of a path.
func pictureName(path string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "?")
	if name, _, _ = strings.Cut(name, "/"); name == "" {
		return "now"
	}
	return name
}

// mostTall is where a picture of a page ends.
const mostTall = 1100

func (c *consoled) picture(file string, l look) {
	c.t.Helper()
	var tall int
	c.run("document.scrollingElement.scrollHeight", &tall)
	var shot []byte
	c.do(func(ctx context.Context, t *chromedp.Target) (v chromedp.Void, err error) {
		over := true
		r, err := cdp.Call(ctx, t, pagedomain.CaptureScreenshot, pagedomain.CaptureScreenshotParams{CaptureBeyondViewport: &over,
			Clip: &pagedomain.Viewport{Width: float64(l.width), Height: float64(min(max(tall, 300), mostTall)), Scale: 1}})
		if err == nil {
			shot = r.Data
		}
		return v, err
	})
	picture, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		c.t.Fatal(err)
	}
	var b bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestCompression}
	if err := e.Encode(&b, fewColours(picture, 64)); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		c.t.Fatal(err)
	}
}

// fewColours is a picture in its n most frequent colours: a fifth of the bytes, and pages look the
// same.
func fewColours(p image.Image, n int) *image.Paletted {
	count, r := map[color.RGBA]int{}, p.Bounds()
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(p.At(x, y)).(color.RGBA) }
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			count[at(x, y)]++
		}
	}
	var all []color.RGBA
	for c := range count {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b color.RGBA) int { return count[b] - count[a] })
	var few color.Palette
	for _, c := range all[:min(n, len(all))] {
		few = append(few, c)
	}
	out, index := image.NewPaletted(r, few), map[color.RGBA]uint8{}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c := at(x, y)
			i, known := index[c]
			if !known {
				i = uint8(few.Index(c))
				index[c] = i
			}
			out.SetColorIndex(x, y, i)
		}
	}
	return out
}

// axeCore is where that is which make test fetches.
func axeCore() string {
	cache, _ := os.UserCacheDir()
	return filepath.Join(cache, "obelisk", "axe.js")
}

// caller is a phone of the office, which sends a tone in its calls.
type caller struct {
	t    *testing.T
	own  *testkit.Phone
	last *testkit.Call
}

func newCaller(t *testing.T) *caller {
	t.Helper()
	p, err := testkit.NewPhone(testkit.SystemListen, netip.MustParseAddrPort("127.0.0.1:0"), netip.MustParseAddrPort("127.0.0.1:5970"),
		"1001", "s1001")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	if status, _, err := p.Register(300); status != 200 {
		t.Fatalf("1001 is not registered: %d %v", status, err)
	}
	return &caller{t: t, own: p}
}

// call makes one, which is answered.
func (c *caller) call(number string) {
	c.t.Helper()
	c.last = c.own.Dial(number)
	if !c.last.Wait("200", patience) {
		c.t.Fatalf("%s does not answer", number)
	}
	go c.last.Media.Tone(440, 10*patience)
}

// refused makes one that comes to nothing.
func (c *caller) refused(number string) {
	c.t.Helper()
	x := c.own.Dial(number)
	for end := time.After(patience); ; {
		select {
		case e := <-x.Events:
			if len(e) == 3 && e >= "300" {
				return
			}
			if e == "200" {
				x.Hangup()
				return
			}
		case <-end:
			c.t.Fatalf("%s is not answered", number)
		}
	}
}

func (c *caller) bye() { c.last.Hangup() }
