package ami

import (
	"cmp"
	"errors"
	"strconv"

	"obelisk/dialplan"
)

// planActions are about the dialplan.
var planActions = []action{
	{"ShowDialPlan", "Show dialplan contexts and extensions", ClassConfig | ClassReporting, false, showDialPlan},
	{"DialplanExtensionAdd", "Add an extension to the dialplan", ClassSystem, false, addExtension},
	{"DialplanExtensionRemove", "Remove an extension from the dialplan", ClassSystem, false, removeExtension},
}

func showDialPlan(a *act) {
	context, exten := a.m.get("Context"), a.m.get("Extension")
	plan := a.core().Plan()
	if context != "" && plan.Contexts[context] == nil {
		a.fail("Did not find context " + context)
		return
	}
	var rows [][]header
	extensions, priorities, contexts := 0, 0, 0
	for _, x := range plan.Order {
		if context != "" && x.Name != context {
			continue
		}
		contexts++
		for _, e := range x.Extensions {
			if exten != "" && !e.Matches(exten) {
				continue
			}
			extensions++
			list := stepRows(x, e)
			priorities += len(list)
			rows = append(rows, list...)
		}
		if exten == "" {
			rows = append(rows, contextRows(x)...)
		}
	}
	if exten != "" && extensions == 0 {
		a.fail("Did not find extension " + exten + "@" + context)
		return
	}
	a.list("DialPlan list will follow", "ShowDialPlanComplete", rows, header{"ListExtensions", strconv.Itoa(extensions)},
		header{"ListPriorities", strconv.Itoa(priorities)},
		header{"ListContexts", strconv.Itoa(contexts)})
}

// stepRows are those of one extension, its hint first.
func stepRows(x *dialplan.Context, e *dialplan.Extension) (rows [][]header) {
	row := func(priority, label, app string, data *string, registrar string) {
		r := []header{{"Event", "ListDialplan"}, {"Context", x.Name}, {"Extension", e.Name}}
		if label != "" {
			r = append(r, header{"ExtensionLabel", label})
		}
		r = append(r, header{"Priority", priority}, header{"Application", app})
		if data != nil {
			r = append(r, header{"AppData", *data})
		}
		rows = append(rows, append(r, header{"Registrar", cmp.Or(registrar, "pbx_config")}))
	}
	if e.Hint != nil {
		row("hint", "", e.Hint.Devices, nil, "")
	}
	for _, p := range e.Priorities() {
		data := p.Args.Raw()
		row(strconv.Itoa(p.N), p.Label, p.App, &data, p.Registrar)
	}
	return rows
}

// contextRows are what a context has beside extensions.
func contextRows(x *dialplan.Context) (rows [][]header) {
	row := func(name, value string) {
		rows = append(rows, []header{{"Event", "ListDialplan"}, {"Context", x.Name}, {name, value}, {"Registrar", "pbx_config"}})
	}
	for _, i := range x.Includes {
		row("IncludeContext", i.Text)
	}
	for _, p := range x.IgnorePats {
		row("IgnorePattern", p)
	}
	for i := range x.Switches {
		row("Switch", x.Switches[i].String())
	}
	return rows
}

func addExtension(a *act) {
	context, exten, priority, app := a.m.get("Context"), a.m.get("Extension"), a.m.get("Priority"), a.m.get("Application")
	if context == "" || exten == "" || priority == "" || app == "" {
		a.fail("Context, Extension, Priority, and Application must be defined for DialplanExtensionAdd.")
		return
	}
	if n, err := strconv.Atoi(priority); priority != "hint" && (err != nil || n < 1) {
		a.fail("The priority specified was invalid.")
		return
	}
	if data := a.m.get("ApplicationData"); data != "" {
		app += "(" + data + ")"
	}
	replace := truth(a.m.get("Replace"))
	err := a.core().EditPlan(func(p *dialplan.Plan) (*dialplan.Plan, error) {
		return p.WithStep(context, exten+","+priority+","+app, replace)
	})
	switch {
	case errors.Is(err, dialplan.ErrExists):
		a.fail("That extension and priority already exist at that context")
	case err != nil:
		a.fail("Failed to add extension: " + err.Error())
	default:
		a.ok("Added requested extension")
	}
}

func removeExtension(a *act) {
	context, exten, priority := a.m.get("Context"), a.m.get("Extension"), a.m.get("Priority")
	if context == "" || exten == "" {
		a.fail("Context and Extension must be provided for DialplanExtensionRemove")
		return
	}
	n, err := 0, error(nil)
	if priority != "" && priority != "hint" {
		if n, err = strconv.Atoi(priority); err != nil || n < 1 {
			a.fail("The priority specified was invalid, see warnings")
			return
		}
	}
	if a.core().EditPlan(func(p *dialplan.Plan) (*dialplan.Plan, error) { return p.WithoutExtension(context, exten, n) }) != nil {
		a.fail("Failed to remove requested extension")
		return
	}
	if priority != "" {
		a.ok("Removed the requested priority from the extension")
		return
	}
	a.ok("Removed the requested extension")
}
