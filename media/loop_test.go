package media

import "testing"

// A command that panics is its sender's fault: the others have their turn, and the loop goes on.
func TestCommandThatPanics(t *testing.T) {
	l := newHouse(t, Config{}).l
	done := make(chan bool, 2)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the sender is not told")
			}
		}()
		l.on.Lock() // so that both wait
		l.post(func() { panic("a mistake") })
		l.post(func() { done <- true })
		l.on.Unlock()
		l.pump()
	}()
	<-done
	l.post(func() { done <- true })
	<-done
}
