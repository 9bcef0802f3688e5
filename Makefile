# Two commands do everything on a fresh machine: make run, make test.
GO      ?= go
BIN     := bin/obelisk
FUZZ     = $(shell grep -ro --include='*_test.go' '^func Fuzz[A-Za-z0-9]*' . | sed 's|^\./\(.*\)/[^/]*:func |\1:|' | sort)
FUZZTIME ?= 10s
FUZZLOG := bin/fuzz.log
BUSLOG  := bin/bus.log

# What is missing is said in one line. From 1.21 on Go fetches the version of go.mod by itself, which
# Debian's package must be told.
export GOTOOLCHAIN ?= auto
ifneq ($(filter-out clean peers,$(or $(MAKECMDGOALS),build)),)
ifeq ($(shell $(GO) version 2>/dev/null | grep -E 'go1\.(2[1-9]|[3-9][0-9])'),)
$(error Go 1.21 or newer is needed, which fetches 1.26 by itself: apt install golang-go (Debian 13, Ubuntu 24.04), dnf install golang, or https://go.dev/dl)
endif
endif
# How many rooms are tested at a time: one more than there are processors, as one of them waits.
ROOMS   ?= $(shell expr $$(nproc 2>/dev/null || echo 2) + 1)
# Races are found with the help of a C compiler alone.
RACE    := $(if $(shell command -v $${CC:-gcc} || command -v cc),-race)

.PHONY: build cluster run demo test unit race lint bench sidebyside compare fuzz-short golden peers clean packages deb image test-packages

build:
	$(GO) build -o $(BIN) ./cmd/obelisk

# The program that can be one of several machines: with the bus between them.
cluster:
	$(GO) build -tags nats -o $(BIN)-cluster ./cmd/obelisk

# Start on the built-in default (or on /etc/asterisk where there is one).
run: build
	$(BIN) -vvv -f

# A call between two built-in phones, with audio, and its ladder.
demo: build
	$(BIN) demo

# Every test: what it needs is installed first. Without a network those with real peers that
# are not there are left out, which is said. ./test waits for real peers nearly all of its time, and
# ./test/calls takes longest: both are named first, so that the others run beside them. The bus between
# machines, which the program has in a build of its own, is tested beside all of these, and the whole of
# internal/cluster with it: without the race detector, which leaves nine of ten of its seeds out.
test: lint
	@if $(MAKE) -s peers; then OBELISK_PEERS=1; else OBELISK_PEERS=; echo "real peers could not be installed: tests with those that are missing are left out"; fi; \
		export OBELISK_PEERS; $(if $(RACE),,echo "no C compiler (apt install gcc libc6-dev): the tests run without the race detector";) mkdir -p $(dir $(BUSLOG)); \
		{ $(GO) test -tags nats -timeout 30m ./internal/cluster && $(GO) test -tags nats -timeout 30m -run 'Node|RollingUpgrade|InFront' ./test; } >$(BUSLOG) 2>&1 & bus=$$!; \
		$(GO) test $(RACE) -p $(ROOMS) -timeout 30m ./test ./test/calls ./...; all=$$?; wait $$bus; bus=$$?; cat $(BUSLOG); exit $$((all | bus))

race:
	$(GO) test -race -timeout 30m ./...

# Real peers from Debian packages; without apt the tests that need them say so.
peers:
	@command -v sipp >/dev/null && command -v baresip >/dev/null && command -v sox >/dev/null && command -v chromium >/dev/null && command -v ip >/dev/null && test -x "$${XDG_CACHE_HOME:-$$HOME/.cache}/obelisk/fail2ban/usr/bin/fail2ban-regex" || ./test/install-peers.sh

lint:
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

# Figures, not verdicts: CPU and allocations on each hot path.
bench:
	$(GO) test -run '^$$' -bench . -benchmem ./dialplan ./internal/boot ./internal/config ./internal/sipstack ./internal/auth ./internal/store ./media
	$(GO) test -run '^$$' -bench . ./test ./channels/chansip

# Load over loopback, CPU and memory for each unit of work; with
# ASTERISK=/path/to/asterisk both take turns, and the ratio, the goal and whether it is
# reached are printed. OBELISK=/path/to/obelisk takes that one, as it is.
RIG ?=
OBELISK ?=
sidebyside: $(if $(OBELISK),,build)
	$(GO) run ./test/rig -obelisk $(or $(OBELISK),$(BIN)) -asterisk "$(ASTERISK)" $(RIG)

# What calls of a browser cost: memory, setting up, packets. Needs Debian's chromium.
.PHONY: browser-cost
browser-cost:
	OBELISK_COST=1 $(GO) test ./test -count 1 -v -run '^TestBrowserCost$$'

# What two SIP servers, both with the files of test/compare/conf, answer differently:
# make compare A=127.0.0.77:5060 B=127.0.0.78:5060
compare:
	$(GO) run ./test/compare -a "$(A)" -b "$(B)"

# Go's fuzzer at times calls the end of its own time a failure. One without an input that
# fails is tried again, once.
fuzz-short:
	@mkdir -p $(dir $(FUZZLOG)); for f in $(FUZZ); do echo "fuzz $$f"; \
		run() { $(GO) test -run '^$$' -fuzz "^$${f#*:}$$" -fuzztime $(FUZZTIME) ./$${f%:*} >$(FUZZLOG) 2>&1; }; \
		run || { grep -q 'context deadline exceeded' $(FUZZLOG) && ! grep -q 'Failing input' $(FUZZLOG) && run; } || { cat $(FUZZLOG); exit 1; }; \
		cat $(FUZZLOG); rm -f $(FUZZLOG); done

# Rewrite golden files; look at the difference before committing.
golden:
	UPDATE_GOLDEN=1 $(GO) test ./...

# Packages in bin/packages (docs/packaging): .deb, .rpm, tarball, contents, checksums, for amd64 and arm64.
packages:
	docs/packaging/build.sh

deb:
	docs/packaging/build.sh deb

# The container's image, without fetching another one.
image:
	docs/packaging/image.sh bin/image
	@if command -v podman >/dev/null; then podman build --format docker -t obelisk --build-arg PROGRAM=prebuilt -f docs/packaging/Containerfile .; \
		elif command -v docker >/dev/null; then docker build -t obelisk --build-arg PROGRAM=prebuilt -f docs/packaging/Containerfile .; \
		else echo "neither podman nor docker is installed: what would be in the image is in bin/image"; fi

# Installs, upgrades and removes the Debian package under systemd, in a container.
test-packages:
	ARCHES=$$($(GO) env GOARCH) VERSION=0.0.1 docs/packaging/build.sh deb
	ARCHES=$$($(GO) env GOARCH) VERSION=0.0.2 docs/packaging/build.sh deb
	test/install/deb.sh bin/packages/obelisk_0.0.1-1_$$($(GO) env GOARCH).deb bin/packages/obelisk_0.0.2-1_$$($(GO) env GOARCH).deb

# Pictures of every page of the console for browsers: light, dark and narrow. Look at them.
.PHONY: pictures
pictures:
	OBELISK_PICTURES=$(CURDIR)/docs/pictures $(GO) test ./test -count 1 -run '^TestPictures$$'

clean:
	rm -rf bin
