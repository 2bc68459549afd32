# Each recipe is one plain command, listed in CONTRIBUTING.md too.

# Format, lints, all tests
test:
    bash tests/run

# The main job on a mailbox of its own
demo:
    cargo run --release -- demo

# Rebuild the built-in model, bit for bit
model *corpora:
    cargo run --release -- train --corpus models/corpus {{ prepend("--corpus ", corpora) }} --out models/grussd.model --force

# Licences, advisories and sources of the dependencies
deny:
    cargo deny check
