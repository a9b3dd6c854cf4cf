# Everything here sets up what it needs in the project's own virtual environment.
VENV ?= .venv
PYTHON ?= python3
PHOTOS ?= ../shared/data
RUN ?= runs/autochrome
BIN := $(VENV)/bin
export ORT_DISABLE_TELEMETRY := 1
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: demo test lint style types format autochrome studies contact-sheet bench leaderboard example-study lock clean

demo: $(VENV)/.runtime  ## colorize the photographs under examples/ with the built-in model
	$(BIN)/photochrom colorize examples/photographs -o examples/results --report --force
	@echo "Open examples/results/index.html, or look into examples/results/."
	@echo "Yours: $(BIN)/photochrom colorize PHOTOGRAPH"
	@echo "In a window, where you can change the colors: $(BIN)/pip install '.[studio]' and then"
	@echo "    $(BIN)/photochrom studio examples/photographs"

# Three workers share two cores, as browsers wait; each keeps to one core and one thread.
# A file stays with one worker, so that its models are trained once; the slowest come first.
test: $(VENV)/.dev  ## run all tests
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder \
	    --doctest-modules

lint: style types  ## style, import contracts, types

style: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.dev
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

TRAINING := $(wildcard $(PHOTOS)/train-broad-*.parquet $(PHOTOS)/train-medium-*.parquet)

autochrome: $(VENV)/.dev  ## train, calibrate, export and measure the built-in model
	$(BIN)/photochrom train autochrome $(addprefix --photos ,$(TRAINING)) --out $(RUN) \
	    $(if $(wildcard $(RUN)/recipe.json),--resume)
	$(BIN)/photochrom export $(RUN) -o $(RUN)/autochrome.onnx --force \
	    --card src/photochrom/recipes/cards/autochrome.toml \
	    --calibrate $(PHOTOS)/val-broad.parquet
	$(BIN)/photochrom evaluate --model $(RUN)/autochrome.onnx --out $(RUN)/evaluation \
	    --photos $(PHOTOS)/val-medium.parquet --photos $(PHOTOS)/val-large.parquet

VALIDATION := $(PHOTOS)/val-medium.parquet $(PHOTOS)/val-large.parquet

studies: $(VENV)/.dev  ## measure what the model card says of the built-in model
	for study in curve sizes robustness confidence averaging hints variants; do \
	    $(BIN)/python benchmarks/autochrome/$$study.py $(VALIDATION) --out runs/studies || exit 1; \
	done
	$(BIN)/python benchmarks/autochrome/borders.py $(PHOTOS)/val-broad.parquet --limit 150 --out runs/studies
	$(BIN)/python benchmarks/autochrome/plates.py $(PHOTOS)/val-plates.parquet --out runs/studies
	$(BIN)/python benchmarks/autochrome/skin.py $(PHOTOS)/val-broad.parquet --sources utk wiki --out runs/studies
	$(BIN)/python benchmarks/autochrome/int8.py $(VALIDATION) --out runs/studies \
	    --calibration $(PHOTOS)/val-small.parquet

contact-sheet: $(VENV)/.dev  ## gray, ours and truth of 60 photographs, to look at in runs/contact-sheet
	$(BIN)/python benchmarks/autochrome/contact_sheet.py $(VALIDATION)

bench: $(VENV)/.dev  ## measure speed and memory; writes benchmarks/results
	$(BIN)/python benchmarks/speed.py

leaderboard: $(VENV)/.dev  ## every model here on one protocol; writes docs/leaderboard.md
	$(BIN)/python benchmarks/leaderboard.py $(VALIDATION)

LANDSCAPES := runs/example-study

example-study: $(VENV)/.dev  ## the report of a simulated study; writes examples/study
	rm -rf $(LANDSCAPES)
	$(BIN)/python examples/study/landscapes.py $(LANDSCAPES)
	$(BIN)/photochrom colorize $(LANDSCAPES)/gray -o $(LANDSCAPES)/autochrome
	$(BIN)/photochrom colorize $(LANDSCAPES)/gray -o $(LANDSCAPES)/pale --saturation 0.4
	$(BIN)/photochrom study create --photos $(LANDSCAPES)/originals \
	    --results autochrome=$(LANDSCAPES)/autochrome --results pale=$(LANDSCAPES)/pale \
	    --mixed --seed 1 --title "Landscapes that never were" --out $(LANDSCAPES)/study
	$(BIN)/photochrom study simulate $(LANDSCAPES)/study --participants 48 --rate 0.33 --rate 0.22 \
	    --inattentive 0.1 --seed 1
	$(BIN)/photochrom study report $(LANDSCAPES)/study-simulated --out $(LANDSCAPES)/report
	cp $(LANDSCAPES)/report/report.html $(LANDSCAPES)/report/report.json examples/study

LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --quiet

lock:  ## what the image of the studio installs, with checksums; needs uv
	$(LOCK) --custom-compile-command "make lock" -c constraints.txt --extra studio --extra heic \
	    pyproject.toml -o docker/requirements.txt
	printf "hatchling>=1.27\nsetuptools>=61\ncffi>=1\npkgconfig>=1.5\n" | \
	    $(LOCK) --custom-compile-command "make lock" - -o docker/build-requirements.txt

clean:
	rm -rf $(VENV) build dist examples/results

$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: pyproject.toml | $(VENV)/bin/pip
	$(PIP) install -e .
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/pip
	$(PIP) install -c constraints.txt torch==2.13.0
	$(PIP) install -c constraints.txt -e ".[dev]"
	touch $@ $(VENV)/.runtime
