package sipshow

import (
	"fmt"

	"obelisk/channels/chansip"
	"obelisk/internal/sipstack"
)

func (v Console) Judge(method, from, source, to, transport string) ([]string, error) {
	j := chansip.Judgement{Method: method, From: from, To: to}
	var err error
	if j.Source, err = sipstack.ParseAddress(source, 5060); err != nil {
		return nil, fmt.Errorf("'%s' is not an address", source)
	}
	var ok bool
	if j.Proto, ok = sipstack.ParseProto(transport); !ok {
		return nil, fmt.Errorf("'%s' is not a transport", transport)
	}
	return v.Driver.Judge(j), nil
}
