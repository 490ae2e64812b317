# Everything sets itself up: Python 3.11 or newer and PyPI are all that is needed.
#
# Use: options go into ARGS="…", as in make demo ARGS="--stack article --open"
#
#   make demo                     rehearse the stack `dev`, without an AWS account
#       --stack NAME  --requests N  --open  --json or --keep
#       on this machine: --daemon PATH  --collector PATH  --port N
#       on a cluster: --kubeconfig FILE  --load COMMAND  --reached-at ADDRESS
#                     --image NAME  --daemon-image NAME  --collector-image NAME
#   make traces REGION=eu-west-1  show the service map and traces of an account
#       --minutes N  --limit N  --trace ID  --html FILE  --open  --json
#       --endpoint-url URL
#   make verify REGION=eu-west-1  check that traces from each node reach X-Ray
#       --kubeconfig FILE  --namespace NAME  --from-namespace NAME
#       --image NAME  --timeout SECONDS  --json  --endpoint-url URL
#   make wheel                    build the Python package, and print its path
#
#   ARGS=--help explains the options of a command. Without REGION, it is that of
#   AWS_REGION or of your AWS profile. Results go to stdout, progress to stderr.
#
# Develop: ARGS are options of pytest, as in make test ARGS="-x tests/components"
#
#   make test                     lint, types and tests, before each commit
#   make test-all                 the same with what takes longer, as CI does
#   make test-engine              preview with a real Pulumi engine
#   make test-image               build our images with Docker, and weigh them
#   make test-cluster KUBECONFIG=FILE LOAD="kind load image-archive"
#       run each stack on a cluster, with images that Docker builds, or with
#       IMAGE=NAME  DAEMON_IMAGE=NAME  COLLECTOR_IMAGE=NAME
#       ARGS="-m hours" for what takes more than an hour
#   make test-aws REGION=eu-west-1
#       run the stack `dev` in your AWS account, which costs money; it asks,
#       unless YES=1; a permissions boundary is BOUNDARY=ARN
#   make bench ARGS="WHAT …"      measure: ARGS=--help says what
#   make lint                     lint and types alone
#   make rendered                 renew generated manifests, schemas, references
#   make recorded                 record what a new release makes, to test upgrades
#   make locked                   renew locked requirements, after pyproject.toml
#   make pictures                 renew those of README.md, with Chromium, Node.js
#   make site                     build the site of docs/ into build/site/
#   make size                     count what keeps the code small
#   make clean                    delete the environments and what was built
#   python -m tests.clients       record what real SDKs send (tests/clients/)

PYTHON ?= python3
VENV   := .venv
RUN    := $(VENV)/bin/python
TOOL    = TYPED="make $@" $(RUN) -m tools $@
# What uv says goes to stderr, but for a line for each of 160 packages. The target is there only if it succeeds.
INSTALL = rm -f $@; { $(VENV)/bin/uv pip install --python $(1) $(2) && touch $@; } 2>&1 | grep -v '^ [^ ]' >&2; test -f $@
LOCK    = $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command "make locked"

.DEFAULT_GOAL := help
.PHONY: help demo test test-all size test-cluster test-engine test-image test-aws lint wheel site traces verify bench rendered recorded pictures locked clean

help:
	@sed -n '/^# Use:/,/^$$/s/^#[ ]\{0,1\}//p' Makefile

demo: $(VENV)/.demo
	@$(TOOL) $(ARGS)

test: $(VENV)/.dev lint
	$(RUN) -m pytest $(ARGS)

test-all: $(VENV)/.dev $(VENV)/.checkov $(VENV)/.docs lint
	$(RUN) -m pytest --no-loadscope-reorder -m "not docker and not cluster and not engine" $(ARGS)

size: $(VENV)/.dev
	@$(RUN) -m tools.size

test-cluster: $(VENV)/.dev
	KUBECONFIG="$(KUBECONFIG)" LOAD="$(LOAD)" DAEMON_IMAGE="$(DAEMON_IMAGE)" COLLECTOR_IMAGE="$(COLLECTOR_IMAGE)" IMAGE="$(IMAGE)" \
		$(RUN) -m pytest -n 0 -m "cluster and not hours" tests/e2e/cluster $(ARGS)

test-engine: $(VENV)/.dev policy/.venv/.policy
	$(RUN) -m pytest -m engine tests/e2e/engine $(ARGS)

test-image: $(VENV)/.dev
	$(RUN) -m pytest -n 0 -m docker tests/e2e/image $(ARGS)

test-aws: $(VENV)/.dev
	@REGION="$(REGION)" BOUNDARY="$(BOUNDARY)" YES="$(YES)" $(RUN) -m tests.e2e.aws

lint: $(VENV)/.dev policy/.venv/.policy
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m basedpyright
	$(RUN) -m basedpyright --project policy
	$(VENV)/bin/zizmor --offline --quiet .github

wheel: $(VENV)/bin/uv
	@rm -rf build/dist
	@$(VENV)/bin/uv build --out-dir build/dist
	@ls build/dist/*.whl

site: $(VENV)/.docs
	@rm -rf build/pages && mkdir -p build/pages
	@git ls-files -z -- . ':!.*' ':!tests/snapshots' | xargs -0 tar -cf - | tar -xf - -C build/pages
	NO_MKDOCS_2_WARNING=1 $(VENV)/docs/bin/mkdocs build --strict --config-file .ci/mkdocs.yml

traces: $(VENV)/.demo
	@$(TOOL) $(if $(REGION),--region $(REGION)) $(ARGS)

verify: $(VENV)/.demo
	@$(TOOL) $(if $(REGION),--region $(REGION)) $(ARGS)

bench: $(VENV)/.demo
	@$(TOOL) $(ARGS)

rendered: $(VENV)/.dev
	$(RUN) -m tests.snapshots.schema
	$(RUN) -m tests.snapshots.reference
	$(RUN) -m tests.snapshots.rendered

recorded: $(VENV)/.dev
	$(RUN) -m tests.snapshots.recorded

# A headless Chromium doesn't run in a sandbox as root; its colour schemes are 0, dark, and 1, light.
SHOT = $(or $(CHROMIUM),chromium) --headless $(if $(filter 0,$(shell id -u)),--no-sandbox) --hide-scrollbars --window-size=1200,700

pictures: demo
	for each in 0,dark 1,light; do $(SHOT) --blink-settings=preferredColorScheme=$${each%,*} \
		--screenshot=docs/images/service-map-$${each#*,}.png file://$(CURDIR)/build/rehearsal/index.html || exit; done
	npm install --silent --no-save --prefix build/pictures @terrastruct/d2@0.1.33
	node docs/images/architecture.mjs $(CURDIR)/build/pictures/node_modules/@terrastruct/d2 docs/images/architecture.d2 docs/images/architecture.svg

# The program's and the sample services' go into one environment for `make demo`.
locked: $(VENV)/bin/uv
	$(LOCK) --group sample-service --output-file images/sample-service/requirements.txt
	$(LOCK) pyproject.toml --constraint images/sample-service/requirements.txt --output-file requirements.txt
	$(LOCK) --group policy --output-file policy/requirements.txt

clean:
	rm -rf $(VENV) policy/.venv build

$(VENV)/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python is %d.%d; it must be 3.11 or newer: make PYTHON=python3.12 …" % sys.version_info[:2])'
	@echo "Setting up $(VENV) (once): packages from PyPI …" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install --disable-pip-version-check uv==0.13.9 >&2

$(VENV)/.demo: $(VENV)/bin/uv pyproject.toml requirements.txt images/sample-service/requirements.txt
	@$(call INSTALL,$(RUN),-r requirements.txt -r images/sample-service/requirements.txt --group demo)

$(VENV)/.dev: $(VENV)/.demo
	@$(call INSTALL,$(RUN),--group dev)

# In an environment of its own: it wants another boto3.
$(VENV)/.checkov: $(VENV)/bin/uv pyproject.toml
	@$(VENV)/bin/uv venv --quiet --clear --python $(RUN) $(VENV)/checkov
	@$(call INSTALL,$(VENV)/checkov/bin/python,--group checkov)

# In an environment of its own: what the site needs is to hold nothing else back.
$(VENV)/.docs: $(VENV)/bin/uv pyproject.toml
	@$(VENV)/bin/uv venv --quiet --clear --python $(RUN) $(VENV)/docs
	@$(call INSTALL,$(VENV)/docs/bin/python,--group docs)

# In an environment of its own: it wants another protobuf. PulumiPolicy.yaml looks for it here.
policy/.venv/.policy: $(VENV)/bin/uv policy/requirements.txt
	@$(VENV)/bin/uv venv --quiet --clear --python $(RUN) policy/.venv
	@$(call INSTALL,policy/.venv/bin/python,-r policy/requirements.txt)
