.PHONY: help report test check recipes bench serve clean
.DEFAULT_GOAL := help

help: ## Say what there is to make
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-8s %s\n", $$1, $$2}'

report: ## Run the main job on the built-in figures and say where the pages are
	@echo "The program is compiled first: the first time seven to eight minutes on two cores, later in seconds."
	cargo build --locked -p iapt
	cargo run --quiet --locked -p iapt -- run --source embedded
	@echo
	@echo "First page: reports/published/site/index.html"
	@echo "Then try:   make serve                                   the same pages on http://localhost:8000"
	@echo "            cargo run -qp iapt -- describe indicators    what each column holds"
	@echo "            cargo run -qp iapt -- why recovery_rate.2024-25.england.All"

test: ## Run the tests that need nothing else; ci/shared.sh and ci/volumes.sh run the others
	. ci/scratch.sh && cargo test --locked --workspace

check: ## Run what CI runs besides the tests: format, lints, docs, layers, declared files
	ci/check.sh

recipes: ## Run the recipes and the validators of the metadata; needs Python and PyPI
	ci/recipes.sh && ci/metadata.sh

bench: ## Time the parts and the whole job
	ci/bench.sh

serve: report ## Serve the pages on http://localhost:8000
	cd reports/published/site && python3 -m http.server --bind 127.0.0.1 8000

clean: ## Remove what was built and fetched
	cargo clean && rm -rf data
