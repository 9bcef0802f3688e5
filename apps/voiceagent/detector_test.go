package voiceagent

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"obelisk/media/soundfile"
)

// voiced is something like a vowel: pulses of a pitch through two resonances.
func voiced(d time.Duration, pitch float64, loud float64) []int16 {
	out := make([]int16, int(d.Seconds()*8000))
	var y [2][2]float64
	for i := range out {
		x := 0.0
		if math.Mod(float64(i)*pitch, 8000) < pitch {
			x = 1
		}
		for k, f := range []float64{700, 1200} {
			r := 0.95
			v := x + 2*r*math.Cos(2*math.Pi*f/8000)*y[k][0] - r*r*y[k][1]
			y[k][1], y[k][0] = y[k][0], v
		}
		out[i] = int16(min(max(loud*(y[0][0]+y[1][0])/4, -32000), 32000))
	}
	return out
}

func hiss(d time.Duration, loud float64, r *rand.Rand) []int16 {
	out := make([]int16, int(d.Seconds()*8000))
	for i := range out {
		out[i] = int16(loud * r.NormFloat64())
	}
	return out
}

func mixed(a, b []int16, at int) []int16 {
	out := slices.Clone(a)
	for i, x := range b {
		if at+i < len(out) {
			out[at+i] = int16(min(max(int(out[at+i])+int(x), -32768), 32767))
		}
	}
	return out
}

func silence(int) float64 { return 0 }

// began are the times at which sentences begin, by pieces of 20 ms.
func began(pcm []int16, played func(at int) func(int) float64) (out []time.Duration) {
	d := newDetector(60*time.Millisecond, 9)
	for at := 0; at+160 <= len(pcm); at += 160 {
		p := silence
		if played != nil {
			p = played(at + 160)
		}
		if d.feed(pcm[at:at+160], p).Began {
			out = append(out, time.Duration(at+160)*time.Second/8000)
		}
	}
	return out
}

// Who sends nothing until he speaks is heard at his first word.
func TestFirstWordAfterNothing(t *testing.T) {
	d := newDetector(60*time.Millisecond, 9)
	d.nothing(2 * time.Second)
	word := voiced(300*time.Millisecond, 120, 8000)
	for at := 0; at+160 <= len(word); at += 160 {
		if d.feed(word[at:at+160], silence).Began {
			if after := time.Duration(at+160) * time.Second / 8000; after > 120*time.Millisecond {
				t.Errorf("it is heard after %v", after)
			}
			if !d.nothing(time.Second).Ended {
				t.Error("it does not end when nothing comes any more")
			}
			return
		}
	}
	t.Error("it is not heard")
}

func TestSpeechIsHeardSoon(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, pitch := range []float64{90, 140, 220, 300} {
		pcm := mixed(hiss(4*time.Second, 60, r), voiced(time.Second, pitch, 6000), 2*8000)
		list := began(pcm, nil)
		if len(list) != 1 || list[0] < 2*time.Second || list[0] > 2*time.Second+120*time.Millisecond {
			t.Errorf("pitch %v: %v", pitch, list)
		}
	}
}

func TestNoiseIsNoSpeech(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	if list := began(hiss(30*time.Second, 300, r), nil); len(list) > 0 {
		t.Error(list)
	}
	click := mixed(hiss(5*time.Second, 60, r), hiss(30*time.Millisecond, 8000, r), 3*8000)
	if list := began(click, nil); len(list) > 0 {
		t.Error(list)
	}
	if list := began(make([]int16, 80000), nil); len(list) > 0 {
		t.Error(list)
	}
}

// echoOf gives the energy of what was played, by blocks, as of a moment.
func echoOf(far []int16) func(at int) func(int) float64 {
	return func(at int) func(int) float64 {
		return func(n int) float64 {
			from := at - (n+1)*blockSamples
			if from < 0 || from+blockSamples > len(far) {
				return 0
			}
			e := 0.0
			for _, x := range far[from : from+blockSamples] {
				e += float64(x) * float64(x)
			}
			return e / blockSamples
		}
	}
}

// leaks is what comes back of what is played: quieter, and later.
func leaks(far []int16, gain float64, delay time.Duration) []int16 {
	out, n := make([]int16, len(far)), int(delay.Seconds()*8000)
	for i := n; i < len(far); i++ {
		out[i] = int16(gain * float64(far[i-n]))
	}
	return out
}

// TestFigures tells how the detector does with recorded speech, noise and music: VOICEAGENT_AUDIO is a
// folder with speech*.wav, noise_*.wav, music_*.wav and agent.wav at 8 kHz (docs/performance.md).
func TestFigures(t *testing.T) {
	folder := os.Getenv("VOICEAGENT_AUDIO")
	if folder == "" {
		t.Skip("VOICEAGENT_AUDIO is not set")
	}
	load := func(pattern string) map[string][]int16 {
		out := map[string][]int16{}
		list, _ := filepath.Glob(filepath.Join(folder, pattern))
		for _, f := range list {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			clip, err := soundfile.Decode(f, b)
			if err != nil {
				t.Fatal(f, err)
			}
			out[strings.TrimSuffix(filepath.Base(f), ".wav")] = clip.At(8000).PCM
		}
		return out
	}
	speech, ground, agent := load("speech*.wav"), load("*_*.wav"), load("agent.wav")["agent"]
	for name := range ground {
		if !strings.HasPrefix(name, "noise") && !strings.HasPrefix(name, "music") {
			delete(ground, name)
		}
	}
	trials, wrong := 0, 0
	for name, pcm := range ground {
		for _, level := range []float64{-50, -40, -30, -24} { // dB of full scale, effective
			list := began(scaled(pcm, level), nil)
			n, bad := 0, 0
			for at := 2 * time.Second; at+5*time.Second <= time.Duration(len(pcm))*time.Second/8000; at += 5 * time.Second {
				n++
				if slices.ContainsFunc(list, func(b time.Duration) bool { return b >= at && b < at+5*time.Second }) {
					bad++
				}
			}
			if bad > 0 {
				t.Logf("%s at %v dB: %d of %d sentences", name, level, bad, n)
			}
			trials, wrong = trials+n, wrong+bad
		}
	}
	t.Logf("false interruptions: %d of %d sentences of 5 s, %.1f %%", wrong, trials, 100*float64(wrong)/float64(trials))
	echoes, loud := 0, 0
	for _, gain := range []float64{0.01, 0.03, 0.1, 0.2} {
		for _, delay := range []time.Duration{20 * time.Millisecond, 80 * time.Millisecond, 200 * time.Millisecond} {
			far := slices.Concat(agent, agent)
			list := began(leaks(far, gain, delay), echoOf(far))
			echoes += len(far) / 40000
			loud += len(list)
			if len(list) > 0 {
				t.Logf("echo of %v after %v: %v", gain, delay, list)
			}
		}
	}
	t.Logf("by echo: %d of %d sentences of 5 s", loud, echoes)
	var took []time.Duration
	missed := 0
	for _, pcm := range speech {
		pcm = scaled(pcm, -24)
		onset := onsetOf(pcm)
		for name, back := range ground {
			level := -50.0
			if strings.HasPrefix(name, "music") {
				level = -46
			}
			all := mixed(scaled(back, level)[:8*8000], pcm, 4*8000)
			i := slices.IndexFunc(began(all, nil), func(b time.Duration) bool { return b >= 4*time.Second+onset })
			if i < 0 {
				missed++
				continue
			}
			took = append(took, began(all, nil)[i]-4*time.Second-onset)
		}
	}
	slices.Sort(took)
	at := func(p float64) time.Duration { return took[int(p*float64(len(took)-1))] }
	t.Logf("onset to flush: p50 %v, p90 %v, p95 %v, p99 %v; %d of %d missed", at(.5), at(.9), at(.95), at(.99), missed, missed+len(took))
}

// scaled has an effective level in dB of full scale.
func scaled(pcm []int16, level float64) []int16 {
	e := 1.0
	for _, x := range pcm {
		e += float64(x) * float64(x)
	}
	f := 32767 * math.Pow(10, level/20) / math.Sqrt(e/float64(len(pcm)))
	out := make([]int16, len(pcm))
	for i, x := range pcm {
		out[i] = int16(min(max(f*float64(x), -32768), 32767))
	}
	return out
}

// onsetOf is when speech begins: at a hundredth of its greatest energy.
func onsetOf(pcm []int16) time.Duration {
	var list []float64
	for at := 0; at+80 <= len(pcm); at += 80 {
		e := 0.0
		for _, x := range pcm[at : at+80] {
			e += float64(x) * float64(x)
		}
		list = append(list, e)
	}
	i := slices.IndexFunc(list, func(e float64) bool { return e > slices.Max(list)/100 })
	return time.Duration(i) * block
}
