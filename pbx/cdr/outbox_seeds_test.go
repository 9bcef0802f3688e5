package cdr

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"obelisk/internal/testkit/memorydisk"
	"obelisk/internal/testkit/seeds"
)

func TestMain(m *testing.M) { os.Exit(memorydisk.Run(m)) }

// errKilled is the end of a process, in the middle of what it does.
var errKilled = errors.New("killed")

// keeper plays a database and the processes that give records to it, one after the other. The database is away at times, and its
// answer gets lost; a process is killed at any step.
type keeper struct {
	r     *rand.Rand
	path  string
	calm  bool
	w     *Writer
	o     *Outbox
	got   map[string]int
	order []string
	txs   map[string]bool
	last  int // transaction
	puts  int
}

// chance is true once in so many times, while it is not calm.
func (k *keeper) chance(of int) bool { return !k.calm && k.r.IntN(of) == 0 }

func (k *keeper) dies(of int) {
	if k.chance(of) {
		panic(errKilled)
	}
}

func (*keeper) Name() string { return "base" }
func (*keeper) Close() error { return nil }

// Taken implements Sink: it knows the last transaction alone.
func (k *keeper) Taken(tx string) (bool, error) {
	if k.chance(4) {
		return false, fmt.Errorf("%w: gone", ErrAway)
	}
	return tx == fmt.Sprint(k.last) && k.txs[tx], nil
}

// Write implements Sink; "x" is refused.
func (k *keeper) Write(list []Entry, note func(string) error) error {
	if k.chance(6) {
		return fmt.Errorf("%w: gone", ErrAway)
	}
	for _, e := range list {
		if strings.HasPrefix(e.Src, "x") {
			return errors.New("no such number")
		}
	}
	k.last++
	tx := fmt.Sprint(k.last)
	if err := note(tx); err != nil {
		return err
	}
	k.dies(30)
	if k.chance(10) {
		return fmt.Errorf("%w: gone before it was done", ErrAway)
	}
	k.txs[tx] = true
	for _, e := range list {
		k.got[e.Src]++
		k.order = append(k.order, e.Src)
	}
	k.dies(15)
	if k.chance(8) {
		return fmt.Errorf("%w: gone when it was done", ErrAway)
	}
	return nil
}

// begin starts a process.
func (k *keeper) begin() {
	k.w = NewWriter(filepath.Dir(k.path), "", DefaultConfig(), func(error) {})
	k.o = NewOutbox(k.w, k.path, k, func(error) {})
	k.o.rename = func(from, to string) error {
		k.dies(30)
		defer k.dies(30)
		return os.Rename(from, to)
	}
	k.o.remove = func(path string) error {
		k.dies(30)
		defer k.dies(30)
		return os.Remove(path)
	}
}

// records puts some down: from then on they are to be kept.
func (k *keeper) records() {
	for range k.r.IntN(8) {
		k.puts++
		src := fmt.Sprint(k.puts)
		if k.r.IntN(12) == 0 {
			src = "x" + src
		}
		k.o.Put(Entry{Record: Record{Src: src}})
	}
	k.w.flush()
}

// gives gives over what waits; a process that dies is followed by another one.
func (k *keeper) gives() (done bool) {
	defer func() {
		switch e := recover(); e {
		case nil:
			k.w.flush()
		case errKilled:
			k.w.flush() // what was refused: it is the outbox that dies here
			k.begin()
		default:
			panic(e)
		}
	}()
	return k.o.drain()
}

// wrong says what was lost, or is there twice.
func (k *keeper) wrong() string {
	refused, _ := os.ReadFile(k.path + ".refused")
	for i := range k.puts {
		src := fmt.Sprint(i + 1)
		kept := strings.Contains(string(refused), fmt.Sprintf("%q", "x"+src))
		if n := k.got[src]; n != 1 && !kept || n != 0 && kept {
			return fmt.Sprintf("record %s is there %d times, refused: %v; %v", src, n, kept, k.order)
		}
	}
	left, _ := filepath.Glob(k.path + "*")
	if len(left) > 1 || len(left) == 1 && left[0] != k.path+".refused" {
		return fmt.Sprint("left: ", left)
	}
	return ""
}

// TestNoRecordIsLostOrDoubled: whenever a process is killed, a database is away, and its answer lost, each record that was put down
// is in the database once, or with those that it refuses (P4).
func TestNoRecordIsLostOrDoubled(t *testing.T) {
	dir := t.TempDir()
	seeds.Play(t, 150, func(seed uint64) string {
		k := &keeper{r: rand.New(rand.NewPCG(seed, 4)), path: filepath.Join(dir, fmt.Sprint(seed), "base"), got: map[string]int{},
			txs: map[string]bool{}}
		if err := os.MkdirAll(filepath.Dir(k.path), 0o755); err != nil {
			return err.Error()
		}
		k.begin()
		for range 40 {
			k.records()
			k.gives()
		}
		k.calm = true
		for range 2 { // the second has what a first one left, with a transaction to ask about
			if !k.gives() {
				return "it does not come to an end"
			}
		}
		defer os.RemoveAll(filepath.Dir(k.path))
		return k.wrong()
	})
}
