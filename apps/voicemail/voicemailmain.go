package voicemail

import (
	"time"

	"obelisk/apps/voicemail/spool"
)

// visit is an owner at a mailbox: VoiceMailMain after the login.
type visit struct {
	call
	desk     *desk
	settings *Settings
	box      *Box

	folder   spool.Folder
	list     []*spool.Message
	deleted  []bool
	heard    []bool
	current  int // in list
	playing  spool.Folder
	urgent   bool // it is among urgent messages, which new ones follow
	counts   spool.Counts
	starting bool // no message was chosen yet
	repeats  int
	readOnly bool
	gain     int
	context  string // as it was given to the application; ""
	left     bool   // the dialplan goes on elsewhere
}

// timedOut ends a menu: nobody presses a key.
const timedOut = key('t')

func (v *visit) last() int { return len(v.list) - 1 }

// open opens a folder.
func (v *visit) open(f spool.Folder) bool {
	list, renumbered, err := v.desk.store.Open(v.box.Ref, f)
	if err != nil {
		v.desk.log.Error().Msgf("voicemail: folder %s of %s cannot be opened: %v", f, v.box, err)
		return false
	}
	if renumbered {
		v.desk.log.Info().Msgf("voicemail: numbers were missing in folder %s of %s; its messages are numbered anew", f, v.box)
	}
	v.folder, v.list = f, list
	v.deleted, v.heard = make([]bool, len(list)), make([]bool, len(list))
	return true
}

// close makes what was decided about the messages of the folder true.
func (v *visit) close() {
	var changes []spool.Change
	for i, m := range v.list {
		switch c := (spool.Change{Message: m}); {
		case v.deleted[i] && v.box.BackupDeleted > 0:
			c.Move, c.To, c.Most = true, spool.Deleted, v.box.BackupDeleted
			changes = append(changes, c)
		case v.deleted[i]:
			changes = append(changes, c)
		case v.heard[i] && v.box.MoveHeard && (v.folder == spool.Inbox || v.folder == spool.Urgent):
			c.Move, c.To, c.Most = true, spool.Old, v.box.MaxMessages
			changes = append(changes, c)
		}
	}
	if err := v.desk.store.Apply(v.box.Ref, v.folder, changes); err != nil {
		v.desk.log.Warn().Msgf("voicemail: messages of %s stay in folder %s: %v", v.box, v.folder, err)
	}
	v.list, v.deleted, v.heard, v.current = nil, nil, nil, 0
}

// run is the visit, from the greeting to the goodbye. play is the folder that is played at once;
// automatic says whether one is.
func (v *visit) run(play spool.Folder, automatic bool) {
	defer v.end()
	if v.box.Language != "" {
		v.setLanguage(v.box.Language)
	}
	v.counts = v.desk.store.Counts(v.box.Ref)
	if !v.begin(play, automatic) {
		return
	}
	if automatic && v.last() < 0 {
		v.urgent = false
		v.browse()
		v.goodbye(none)
		return
	}
	if k := v.welcome(); k != none {
		v.goodbye(k)
		return
	}
	k := key('1')
	if !automatic {
		k = v.intro()
	}
	v.starting = true
	for k != gone && k != timedOut && k != '#' && !v.left {
		k = v.command(k)
	}
	v.goodbye(k)
}

// begin opens the folder in which the visit begins.
func (v *visit) begin(play spool.Folder, automatic bool) bool {
	n := v.counts
	switch {
	case automatic && n.Urgent == 0:
		v.playing = play
		return v.open(play)
	case !automatic && n.Urgent == 0 && n.New == 0 && n.Old > 0:
		v.playing = spool.Old
		return v.open(spool.Old)
	case !automatic && n.Urgent == 0 && n.New > 0:
		return v.open(spool.Inbox)
	}
	v.urgent = true
	return v.open(spool.Urgent)
}

// goodbye is the last that the owner hears.
func (v *visit) goodbye(k key) {
	switch {
	case k == gone:
	case v.left:
		all(v, "vm-dialout")
	default:
		all(v, "vm-goodbye")
	}
}

// end closes the folder and tells of what has changed.
func (v *visit) end() {
	v.close()
	v.desk.changed(v.box)
}

// command does what a key of the main menu means; the result is the next key, none for the menu.
func (v *visit) command(k key) key {
	switch k {
	case '1':
		v.current = 0
		return v.browse()
	case '5':
		return v.browse()
	case '2':
		return v.changeFolder()
	case '3':
		return v.advanced()
	case '4':
		return v.previous()
	case '6':
		return v.next()
	case '7':
		return v.remove()
	case '8':
		return v.forwardKey()
	case '9':
		return v.save()
	case '0':
		return v.ownOptions()
	case '*':
		return v.help()
	}
	return v.instructions(false)
}

// more says that there are no more messages.
func (v *visit) noMore() key { return all(v, "vm-nomore") }

// switchTo goes from urgent to new messages, or back.
func (v *visit) switchTo(f spool.Folder) bool {
	v.urgent = f == spool.Urgent
	v.close()
	return v.open(f)
}

func (v *visit) previous() key {
	switch {
	case v.current > 0:
		v.current--
		return v.message()
	case !v.urgent && v.counts.Urgent > 0:
		if !v.switchTo(spool.Urgent) {
			return timedOut
		}
		v.current = max(v.last(), 0)
		if v.last() < 0 {
			return v.noMore()
		}
		return '4' // once more, as Asterisk does
	case v.box.MessageWrap && v.last() > 0:
		v.current = v.last()
		return v.message()
	}
	return v.noMore()
}

// next goes to the next message. After the last urgent one come the new ones.
func (v *visit) next() key {
	if v.current < v.last() {
		v.current++
		return v.message()
	}
	was := v.folder
	k := v.onward(v.counts.New > 0)
	if k == none && v.folder != was && v.last() >= 0 {
		return '6' // to the first of them
	}
	return k
}

// onward goes on behind the last message of a folder.
func (v *visit) onward(toNew bool) key {
	switch {
	case v.urgent && toNew:
		if !v.switchTo(spool.Inbox) {
			return timedOut
		}
		v.current = -1
		if v.last() < 0 {
			return v.noMore()
		}
		return none
	case v.box.MessageWrap && v.last() > 0:
		v.current = 0
		return v.message()
	}
	return v.noMore()
}

// remove deletes the message, or takes that back.
func (v *visit) remove() key {
	if v.readOnly || v.current < 0 || v.current > v.last() {
		return none
	}
	v.deleted[v.current] = !v.deleted[v.current]
	by, prompt := -1, "vm-deleted"
	if !v.deleted[v.current] {
		by, prompt = 1, "vm-undeleted"
	}
	switch {
	case v.playing == spool.Inbox && v.urgent:
		v.counts.Urgent += by
	case v.playing == spool.Inbox:
		v.counts.New += by
	case v.playing == spool.Old:
		v.counts.Old += by
	}
	k := all(v, prompt)
	if v.box.NextAfterCmd {
		return v.after(true)
	}
	return k
}

// after goes to the next message after a command, with nextaftercmd.
func (v *visit) after(toNew bool) key {
	if v.current < v.last() {
		v.current++
		return v.message()
	}
	if v.box.MessageWrap && v.last() > 0 {
		v.current = 0
		return v.message()
	}
	return v.onward(toNew)
}

// save copies the message to another folder, from which it goes here.
func (v *visit) save() key {
	if v.current < 0 || v.current > v.last() {
		return none
	}
	f, k := v.chooseFolder("vm-savefolder")
	if k != none {
		if k == '#' {
			return none
		}
		return k
	}
	m := v.list[v.current]
	if f != v.folder {
		if _, err := v.desk.store.Copy(m, v.box.Ref, f, v.box.MaxMessages, spool.Copied{SameBox: true}); err != nil {
			v.desk.log.Warn().Msgf("voicemail: a message of %s cannot be saved in folder %s: %v", v.box, f, err)
			k = all(v, "vm-mailboxfull")
			v.deleted[v.current], v.heard[v.current] = false, false
		} else {
			v.deleted[v.current] = true
		}
	}
	if v.deleted[v.current] || f == v.folder {
		names := append([]string{"vm-message"}, v.voice().Number(v.current+1, "")...)
		k = all(v, append(append(names, "vm-savedto"), v.folderPhrase(f)...)...)
	}
	if v.settings.NextAfterCmd {
		return v.after(v.counts.New > 0)
	}
	return k
}

// changeFolder opens another folder.
func (v *visit) changeFolder() key {
	f, k := v.chooseFolder("vm-changeto")
	if k == none {
		v.close()
		v.urgent = false
		if !v.open(f) {
			return timedOut
		}
		v.playing = f
	} else if k != '#' {
		return k
	}
	v.starting, v.current = true, 0
	return all(v, v.folderPhrase(v.folder)...)
}

// chooseFolder asks for a folder, four times; # for none.
func (v *visit) chooseFolder(question string) (spool.Folder, key) {
	k := all(v, question)
	for range 4 {
		if k == gone || k == '#' || k >= '0' && k <= '9' {
			break
		}
		k = v.folders()
	}
	switch {
	case k == gone, k == '#':
		return 0, k
	case k >= '0' && k <= '9':
		return spool.Folder(k - '0'), none
	}
	return 0, '#'
}

// folders tells the keys of folders.
func (v *visit) folders() key {
	k := all(v, "vm-press")
	for f := spool.Inbox; f <= spool.Friends && k == none; f++ {
		names := append(v.voice().Number(int(f), ""), "vm-for")
		if k = all(v, append(names, v.folderPhrase(f)...)...); k == none {
			k = v.wait(500 * time.Millisecond)
		}
	}
	if k == none {
		k = all(v, "vm-tocancel")
	}
	if k == none {
		k = v.wait(4 * time.Second)
	}
	return k
}
