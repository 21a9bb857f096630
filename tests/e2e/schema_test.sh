#!/usr/bin/env bash
# Every bundled scenario, policy and catalogue is what its JSON Schema says.
. "$(dirname "$0")/harness.sh"
if ! python3 -c 'import jsonschema, yaml' 2>/dev/null; then
    echo "SKIPPED, LOUDLY: python3 has no jsonschema or no yaml; the schemas were not checked" >&2
    exit 0
fi
python3 - "$source_dir/scenarios" <<'P' || fail "a bundled file breaks its schema"
import glob, json, sys, jsonschema, yaml
folder = sys.argv[1]
kinds = {"scenario": glob.glob(f"{folder}/*.yaml"), "policy": glob.glob(f"{folder}/policies/*.yaml"), "faults": [f"{folder}/faults.yaml"], "suite": glob.glob(f"{folder}/suites/*/suite.yaml") + [f"{folder}/benchmark/suite.yaml"],
         "study": glob.glob(f"{folder}/studies/*.yaml"), "limits": glob.glob(f"{folder}/suites/*.limits.yaml")}
kinds["scenario"] += [name for name in glob.glob(f"{folder}/suites/*/*.yaml") if not name.endswith("suite.yaml")]
kinds["scenario"] += glob.glob(f"{folder}/studies/worlds/*.yaml")
kinds["scenario"].remove(f"{folder}/faults.yaml")
kinds["policy"] += [name for name in kinds["scenario"] if name.endswith("-policy.yaml")]
kinds["scenario"] = [name for name in kinds["scenario"] if not name.endswith("-policy.yaml")]
catalogues = [name for name in kinds["scenario"] if not {"name", "duration"} & set(yaml.safe_load(open(name)))]
kinds["scenario"] = [name for name in kinds["scenario"] if name not in catalogues]
kinds["faults"] += [name for name in catalogues if "faults" in yaml.safe_load(open(name))] # the others are clusters
checked = 0
for kind, files in kinds.items():
    schema = json.load(open(f"{folder}/schema/{kind}.schema.json"))
    jsonschema.Draft202012Validator.check_schema(schema)
    for name in files:
        document = json.loads(json.dumps(yaml.safe_load(open(name)), default=lambda d: d.isoformat()))
        errors = list(jsonschema.Draft202012Validator(schema).iter_errors(document))
        for error in errors: print(name, error.json_path, error.message, file=sys.stderr)
        assert not errors
        checked += 1
assert checked >= 15, checked
P
finish
