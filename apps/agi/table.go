package agi

import (
	"slices"
	"strings"
)

// command is one that a program may say.
type command struct {
	name     string // in lower case
	words    []string
	dead     bool // it may be said when the channel is hung up
	synopsis string
	syntax   string
	help     string
	run      func(s *session, argv []string) outcome
}

// commands are all there are, in the order of agi show commands.
var commands = slices.Concat(callCommands, databaseCommands, execCommands, askCommands, variableCommands, endCommands, textCommands,
	recordCommands, sayCommands, sendCommands, setCommands, playCommands, talkCommands, speechCommands, gosubCommands)

func init() {
	for i := range commands {
		commands[i].words = strings.Fields(commands[i].name)
	}
}

// find is the command that some words begin with, nil for none.
func find(argv []string) *command {
	for i := range commands {
		if k := &commands[i]; len(argv) >= len(k.words) && k.is(argv[:len(k.words)]) {
			return k
		}
	}
	return nil
}

// exactly is the command of that name.
func exactly(words []string) *command {
	if k := find(words); k != nil && len(k.words) == len(words) {
		return k
	}
	return nil
}

// begins says whether there are commands that begin with a text.
func begins(topic string) bool {
	return slices.ContainsFunc(commands, func(k command) bool { return strings.HasPrefix(k.name, strings.ToLower(topic)) })
}

func (k *command) is(words []string) bool { return slices.EqualFunc(k.words, words, strings.EqualFold) }

// usage is what a program is told that has used it wrongly.
func (k *command) usage() string { return "Usage: " + k.syntax + "\n" + k.help }
