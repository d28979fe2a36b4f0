#!/bin/sh
# Renders assets/release/client with the real helm and compares the result with assets/release/rendered.yaml,
# which landfall applies, and with the form in two namespaces that a test applies. `--write` replaces these files instead.
#
# The two placeholders are ordinary values of a release name and a namespace, so that helm takes them; landfall
# replaces them inside the parsed string values. The Secret is left out: landfall makes it in code.
#
# helm is the one that tests/peers/tools installs, or $HELM.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

helm=${HELM:-$here/tests/peers/.tools/helm/helm}
[ -n "${HELM:-}" ] || "$here/tests/peers/tools"

chart=$here/assets/release/client
"$helm" lint --quiet --set credential.create=false "$chart"
render() { # where the result belongs, and what differs from the chart's own values
    kept=$1
    shift
    "$helm" template release-goes-here "$chart" --namespace namespace-goes-here \
        --set credential.create=false "$@" >"$work/rendered.yaml"
    if [ "$write" = --write ]; then
        cp "$work/rendered.yaml" "$here/$kept"
    else
        diff -u "$here/$kept" "$work/rendered.yaml"
        echo "$kept is what helm makes of the chart"
    fi
}

write=${1:-}
render assets/release/rendered.yaml
render tests/sandbox/two-namespaces.yaml --set nodeAgents.namespace=namespace-goes-here-agents
