package media

import (
	"testing"
	"time"
)

// sounding is so many seconds of a tone in the words of indications.conf.
func sounding(t *testing.T, tone string, seconds int) []int16 {
	t.Helper()
	list, err := ParseTone(tone)
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, seconds*narrow)
	list.Source().Frame(pcm)
	return pcm
}

// As WaitForTone of Asterisk 20.20.1 hears them.
func TestToneFinder(t *testing.T) {
	for _, row := range []struct {
		hz    float64
		ms    int
		db    float64
		tone  string
		found int
	}{
		{1000, 500, 0, "1000", 1}, {1000, 500, 0, "1000/300,0/300", 0}, {1000, 200, 0, "1000/300,0/300", 7},
		{1000, 500, 0, "1000+1400", 0}, {1000, 500, 0, "1020", 0}, {1000, 500, 0, "1050", 0}, {1000, 500, 0, "990", 0},
		{1000, 500, 25, "1000", 1}, {1000, 500, 99, "1000", 1}, {2600, 100, 0, "2600", 1}, {0, 100, 0, "0", 0}, {0, 100, 0, "1000", 0},
		{5000, 100, 0, "3000", 0}, {1000, 0, 0, "1000", 1},
	} {
		f := NewToneFinder(row.hz, time.Duration(row.ms)*time.Millisecond, row.db)
		found := 0
		for pcm := sounding(t, row.tone, 4); len(pcm) > 0; pcm = pcm[min(len(pcm), 333):] {
			found += f.Take(pcm[:min(len(pcm), 333)])
		}
		if found != row.found {
			t.Errorf("%v Hz for %d ms in %s: %d times, want %d", row.hz, row.ms, row.tone, found, row.found)
		}
	}
}

// As ToneScan of Asterisk 20.20.1 hears them.
func TestProgressEar(t *testing.T) {
	for _, row := range []struct {
		zone, tone string
		threshold  int
		says       CallProgress
	}{
		{"us", "480+620/500,0/500", 1, ProgressBusy}, {"us", "480+620/250,0/250", 1, ProgressBusy}, {"", "480+620/500,0/500", 5, ProgressBusy},
		{"us", "440+480/2000,0/4000", 1, ProgressRinging}, {"US", "350+440", 1, ProgressDialTone},
		{"us", "350+440/150,0/100", 1, ProgressDialTone},
		{"us", "!950/330,!1400/330,!1800/330,0/1000", 1, ProgressSIT}, {"us", "950/330,1400/330,0/1000", 1, ""}, {"us", "1400", 1, ""},
		{"us", "425/500,0/500", 1, ""}, {"us", "1004", 1, ""}, {"us", "0", 1, ""}, {"us", "770+1336/100,0/100", 1, ProgressKey},
		{"uk", "400", 1, ProgressNUT}, {"uk", "350+450", 1, ProgressDialTone},
		{"uk", "400+450/400,0/200,400+450/400,0/2000", 1, ProgressNUT}, {"uk", "450", 1, ""}, {"cr", "425/330,0/330", 1, ProgressRinging},
	} {
		e := NewProgressEar(row.zone, row.threshold)
		if says := e.Take(sounding(t, row.tone, 5)); says != row.says {
			t.Errorf("%s of %s is %q, want %q", row.tone, row.zone, says, row.says)
		}
	}
	if NewProgressEar("xx", 1) != nil {
		t.Error("any zone is taken")
	}
}
