package boot

import (
	"os"

	"obelisk/internal/rawnet"
)

// reserveDescriptors keeps some file descriptors from calls and phones, so that the console,
// programs, records and the health page have some when all others are in use.
func (s *System) reserveDescriptors() {
	s.descriptors = rawnet.SetReserve(s.conf.ast.SpareFiles, descriptorLimit())
	if s.opt.Descriptors > 0 {
		s.descriptors = s.opt.Descriptors
	}
	log := s.log
	rawnet.OnShort(func() {
		log.Error().Msgf("no file descriptor is left but the reserve (reservedfiles): calls and connections of phones are refused; %d of %d "+
			"are in use", openDescriptors(), descriptorLimit())
	})
}

// openDescriptors counts the file descriptors in use; 0 where the system does not tell.
func openDescriptors() int {
	d, err := os.Open("/proc/self/fd")
	if err != nil {
		return 0
	}
	defer d.Close()
	names, _ := d.Readdirnames(-1)
	return max(len(names)-1, 0)
}
