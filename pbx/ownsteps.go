package pbx

import (
	"maps"
	"sync"

	"obelisk/dialplan"
)

// Extensions that modules give to the dialplan (those of parking lots): they are in every plan that
// is in force, beside what the files say.

// Extending is what a module has prepared and that gives extensions to the dialplan.
type Extending interface {
	Next
	// Steps are those that Commit will give (GiveSteps).
	Steps() []dialplan.OwnStep
}

// ownSteps are those in force, by module.
type ownSteps struct {
	mu   sync.Mutex // held while the plan is put in force
	list map[string][]dialplan.OwnStep
}

// GiveSteps has a module give extensions to the dialplan in force and to all that follow it, in place of those
// that it gave before. Each Registrar is the module's name, or that with "/" and something.
func (c *Core) GiveSteps(module string, list []dialplan.OwnStep) {
	c.own.mu.Lock()
	defer c.own.mu.Unlock()
	if c.own.list == nil {
		c.own.list = map[string][]dialplan.OwnStep{}
	}
	c.own.list[module] = list
	c.EditPlan(func(p *dialplan.Plan) (*dialplan.Plan, error) { return p.WithOwn(module, list), nil })
}

// OwnSteps are those that modules give at present, by module.
func (c *Core) OwnSteps() map[string][]dialplan.OwnStep {
	c.own.mu.Lock()
	defer c.own.mu.Unlock()
	return maps.Clone(c.own.list)
}

// Renew has a channel walk the dialplan in force from now on, at the place where it is; else it keeps
// the one with which it came. It is for its worker.
func (c *Channel) Renew() {
	if c.machine != nil {
		c.machine = dialplan.NewMachine(c.core.Plan(), c.machine.At())
	}
}
