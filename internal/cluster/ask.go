package cluster

import (
	"encoding/json"
	"errors"
	"sync"
	"time"

	"obelisk/internal/store"
)

// toAsk begins the subject of questions to a node, and of the answers that it gets.
const toAsk = "obk.ask."

// inquiry is a question of one node to another, or its answer.
type inquiry struct {
	ID     uint64 `json:"id"`
	From   string `json:"from"`
	Topic  string `json:"topic,omitempty"`
	Text   string `json:"text,omitempty"`
	Answer bool   `json:"answer,omitempty"`
}

// asks are the questions between nodes, where waiting for words would not do. They may be lost, as all on a bus.
type asks struct {
	mu       sync.Mutex // guards all below
	bus      store.Bus  // nil: there is none
	node     string
	last     uint64
	waiting  map[uint64]chan string
	answerer map[string]func(node, text string) string
}

func newAsks() *asks {
	return &asks{waiting: map[uint64]chan string{}, answerer: map[string]func(string, string) string{}}
}

var errSilent = errors.New("the node does not answer")

// begin takes questions from a bus.
func (a *asks) begin(bus store.Bus, node string) error {
	a.mu.Lock()
	a.bus, a.node, a.last = bus, node, uint64(time.Now().UnixMicro()) // an answer to an earlier run is none to this one
	a.mu.Unlock()
	_, err := bus.Subscribe(toAsk+node, a.receive)
	return err
}

// answer has f answer questions of a topic. It does not wait for others.
func (a *asks) answer(topic string, f func(node, text string) string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answerer[topic] = f
}

// ask asks a node, and waits so long for its answer.
func (a *asks) ask(node, topic, text string, patience time.Duration) (string, error) {
	a.mu.Lock()
	a.last++
	id, bus, self := a.last, a.bus, a.node
	got := make(chan string, 1)
	a.waiting[id] = got
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		delete(a.waiting, id)
		a.mu.Unlock()
	}()
	if bus == nil {
		return "", errSilent
	}
	if err := send(bus, node, &inquiry{ID: id, From: self, Topic: topic, Text: text}); err != nil {
		return "", err
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case answer := <-got:
		return answer, nil
	case <-late.C:
		return "", errSilent
	}
}

func send(bus store.Bus, node string, x *inquiry) error {
	data, err := json.Marshal(x)
	if err != nil {
		return err
	}
	return bus.Publish(toAsk+node, data)
}

// receive takes one from the bus.
func (a *asks) receive(data []byte) {
	var x inquiry
	if json.Unmarshal(data, &x) != nil {
		return // of no node
	}
	a.mu.Lock()
	got, f, bus, self := a.waiting[x.ID], a.answerer[x.Topic], a.bus, a.node
	a.mu.Unlock()
	switch {
	case x.Answer && got != nil:
		select {
		case got <- x.Text:
		default: // it has come twice
		}
	case !x.Answer && f != nil:
		_ = send(bus, x.From, &inquiry{ID: x.ID, From: self, Text: f(x.From, x.Text), Answer: true}) // who hears nothing asks again
	}
}
