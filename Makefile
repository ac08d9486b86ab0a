# The commands of this project. `make help` lists them.

PREFIX ?= /usr/local
SWIFT ?= swift
RELEASE := .build/release/trunkline
FUZZ_SECONDS ?= 3
# What the one binary answers to besides its own name.
NAMES := pgpool pg_md5 pgpool_setup pcp_attach_node pcp_detach_node pcp_health_check_stats \
	pcp_invalidate_query_cache pcp_log_rotate pcp_node_count pcp_node_info pcp_pool_status \
	pcp_proc_count pcp_proc_info pcp_promote_node pcp_recovery_node pcp_reload_config \
	pcp_stop_pgpool pcp_watchdog_info
# Exclusivity checks at run time cost on every message; the debug build and its tests keep them.
# What crosses modules is inlined only if asked for (Documentation/decisions/0014).
OPTIMIZED := -c release -Xswiftc -enforce-exclusivity=unchecked \
	-Xswiftc -cross-module-optimization
RELEASE_FLAGS := $(OPTIMIZED) --product trunkline --static-swift-stdlib

.PHONY: help bootstrap bootstrap-tests demo test test-ha fuzz bench bench-sql release install \
	format lint clean

help:
	@echo "make demo       three PostgreSQL nodes served through Trunkline (AUTO=1: unattended)"
	@echo "make test       build with warnings as errors, check the format, run every test"
	@echo "make test-ha    every high-availability scenario on real servers (some 20 minutes)"
	@echo "make fuzz       a minute of libFuzzer for each decoder"
	@echo "make bench      compare with PgBouncer, Pgpool-II and direct connections (WRITE=1: keep the tables)"
	@echo "make bench-sql  measure the analysis of SQL texts against its budgets"
	@echo "make release    build $(RELEASE)"
	@echo "make install    install below PREFIX=$(PREFIX) (DESTDIR is honoured)"
	@echo "make format     format the sources;  make lint checks them;  make clean removes .build"

bootstrap:
	@Scripts/bootstrap

bootstrap-tests:
	@Scripts/bootstrap --tests

release:
	$(SWIFT) build $(RELEASE_FLAGS)

demo: bootstrap release
	$(RELEASE) demo $(if $(AUTO),--auto)

# The end-to-end tests start the release binary, so it is built first. The closing line of the test
# runner comes last.
test: bootstrap-tests lint release
	python3 -m unittest discover -q -s Benchmarks
	Scripts/fuzz --seconds $(FUZZ_SECONDS)
	$(SWIFT) build --build-tests
	SWIFT="$(SWIFT)" Scripts/test

# Nothing else should run on the machine: what is measured is time.
test-ha: bootstrap-tests release
	/usr/bin/python3 -B Tests/HighAvailability/ha.py all --binary $(RELEASE)

fuzz: bootstrap
	Scripts/fuzz --seconds 60

bench: bootstrap release
	python3 Benchmarks/bench.py $(if $(WRITE),--write)

bench-sql: bootstrap
	$(SWIFT) build $(OPTIMIZED) --product AnalysisBench
	.build/release/AnalysisBench

install: release
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/etc
	install -m 755 $(RELEASE) $(DESTDIR)$(PREFIX)/bin/trunkline
	for name in $(NAMES); do ln -sf trunkline $(DESTDIR)$(PREFIX)/bin/$$name; done
	install -m 644 Documentation/pgpool.conf.sample $(DESTDIR)$(PREFIX)/etc/pgpool.conf.sample
	install -d $(DESTDIR)$(PREFIX)/share/trunkline
	install -m 755 Documentation/scripts/* $(DESTDIR)$(PREFIX)/share/trunkline

format:
	$(SWIFT) format -i -r Sources Tests Fuzz Benchmarks Package.swift

lint:
	$(SWIFT) format lint --strict -r Sources Tests Fuzz Benchmarks Package.swift

clean:
	rm -rf .build
