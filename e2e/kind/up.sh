#!/usr/bin/env bash
# Makes a kind cluster and installs on it what Kumulus builds on, at the versions of versions.env, and Kumulus by its chart. Run again, it goes on where
# it was. With E2E_EXISTING=1 only Kumulus is installed, on the cluster of KUBECONFIG, which must have the rest.
#
#   e2e/kind/up.sh              make it
#   e2e/kind/up.sh --dry-run    only print the commands
#   e2e/kind/up.sh --down       delete the cluster that it made, and all that is in it
#
# The kubeconfig of the kind cluster is .cache/e2e/kubeconfig. IMAGE: what to install (default kumulus:e2e, built here; with E2E_EXISTING=1 the chart's).
# Exit status: 0 all is up, 69 something that it needs is missing here, 64 wrong usage, else that of the command that failed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
# shellcheck source=e2e/kind/versions.env
. "$here/versions.env"

dry=
case "${1:-}" in
  '' | --down) ;;
  --dry-run) dry=yes ;;
  *) echo 'usage: e2e/kind/up.sh [--dry-run | --down]' >&2; exit 64 ;;
esac

cluster=kumulus-e2e
node=$cluster-control-plane
existing=${E2E_EXISTING:-}
kind=$PWD/.cache/bin/kind-$KIND_VERSION
github=https://github.com
raw=https://raw.githubusercontent.com

say() { printf '\n— %s\n' "$1"; }

give_up() {
  echo "make e2e: $1" >&2
  exit 69
}

run() {
  printf '+'
  printf ' %q' "$@"
  echo
  if [ -z "$dry" ]; then "$@"; fi
}

download() { curl --fail --silent --show-error --location --retry 5 "$1"; }

apply() { run kubectl apply --server-side --force-conflicts "$@"; }

# A file of upstream's that pins nothing itself: its text with one word replaced.
apply_replacing() {
  local url=$1 word=$2 by=$3
  echo "+ curl --location $url | sed 's|$word|$by|' | kubectl apply --server-side --force-conflicts -f -"
  if [ -n "$dry" ]; then return; fi
  local text
  text=$(download "$url")
  grep -q "$word" <<<"$text" || give_up "$url has no $word any more: look what became of it."
  kubectl apply --server-side --force-conflicts -f - <<<"${text//"$word"/"$by"}"
}

check_tools() {
  [ "$(uname -s)/$(uname -m)" = Linux/x86_64 ] || give_up 'needs Linux on x86_64: the guest of the tests is one.'
  local program
  for program in curl tar sha256sum docker; do
    command -v "$program" >/dev/null || give_up "needs $program, which is not on this machine. With E2E_EXISTING=1 and KUBECONFIG it takes a cluster that is there."
  done
  docker info >/dev/null 2>&1 || give_up "docker's daemon does not answer: start it, or let this user use it."
}

install_kind() {
  if [ -x "$kind" ]; then return; fi
  local file=kind-linux-amd64 base=$github/kubernetes-sigs/kind/releases/download/$KIND_VERSION
  local folder
  run mkdir -p "${kind%/*}"
  echo "+ curl --location $base/$file > $kind"
  if [ -n "$dry" ]; then return; fi
  folder=$(mktemp -d)
  download "$base/$file" >"$folder/$file"
  download "$base/$file.sha256sum" >"$folder/sum"
  (cd "$folder" && sha256sum --check --quiet sum)
  chmod +x "$folder/$file"
  mv "$folder/$file" "$kind"
  rm -r "$folder"
}

make_cluster() {
  say "A cluster: kind $KIND_VERSION, ${KIND_NODE_IMAGE%@*}"
  install_kind
  if [ -z "$dry" ] && "$kind" get clusters 2>/dev/null | grep -qx "$cluster"; then
    run "$kind" export kubeconfig --name "$cluster" --kubeconfig "$KUBECONFIG"
  else
    run "$kind" create cluster --name "$cluster" --image "$KIND_NODE_IMAGE" --config "$here/manifests/cluster.yaml" --kubeconfig "$KUBECONFIG"
  fi
  # Programs of Open vSwitch close every file descriptor that they might have, one by one: with no limit that takes them minutes.
  run docker exec "$node" sed -i 's/LimitNOFILE=infinity/LimitNOFILE=65536/' /etc/systemd/system/containerd.service
  run docker exec "$node" systemctl daemon-reload
  run docker exec "$node" systemctl restart containerd
  # kind's own storage can't make snapshots; its class has the name that ours takes.
  run kubectl -n local-path-storage delete deployment local-path-provisioner --ignore-not-found
  run kubectl delete storageclass standard --ignore-not-found
}

install_network() {
  say "The network: Kube-OVN $KUBE_OVN_VERSION, Multus $MULTUS_VERSION"
  run helm upgrade --install kube-ovn oci://ghcr.io/kubeovn/charts/kube-ovn --version "$KUBE_OVN_VERSION" --namespace kube-system --wait --timeout 15m
  run kubectl wait node --all --for=condition=Ready --timeout=5m
  run kubectl -n kube-system rollout status deployment/coredns --timeout=5m
  apply_replacing "$raw/k8snetworkplumbingwg/multus-cni/$MULTUS_VERSION/deployments/multus-daemonset-thick.yml" :snapshot-thick ":$MULTUS_VERSION-thick"
  # With upstream's 50 MiB it is killed once many pods start; Kube-OVN's own tests raise it too.
  run kubectl -n kube-system set resources daemonset/kube-multus-ds -c kube-multus --limits=cpu=500m,memory=300Mi
  run kubectl -n kube-system rollout status daemonset/kube-multus-ds --timeout=5m
}

install_storage() {
  say "Storage: CSI host path driver $CSI_HOSTPATH_VERSION, snapshots $SNAPSHOTTER_VERSION"
  local base=$raw/kubernetes-csi/external-snapshotter/$SNAPSHOTTER_VERSION kind_name
  for kind_name in volumesnapshotclasses volumesnapshotcontents volumesnapshots; do
    apply -f "$base/client/config/crd/snapshot.storage.k8s.io_$kind_name.yaml"
  done
  apply -f "$base/deploy/kubernetes/snapshot-controller/rbac-snapshot-controller.yaml" -f "$base/deploy/kubernetes/snapshot-controller/setup-snapshot-controller.yaml"
  run kubectl -n kube-system rollout status deployment/snapshot-controller --timeout=5m
  local archive=$github/kubernetes-csi/csi-driver-host-path/archive/refs/tags/$CSI_HOSTPATH_VERSION.tar.gz folder
  echo "+ curl --location $archive | tar --extract --gzip"
  folder=$(mktemp -d)
  if [ -z "$dry" ]; then download "$archive" | tar --extract --gzip --strip-components=1 --directory "$folder"; fi
  # A back door to the driver for its own tests.
  run rm -f "$folder/deploy/kubernetes-latest/hostpath/csi-hostpath-testing.yaml"
  run bash "$folder/deploy/kubernetes-latest/deploy.sh"
  rm -r "$folder"
  apply -f "$here/manifests/storage.yaml"
}

install_machines() {
  say "Machines and disks: KubeVirt $KUBEVIRT_VERSION, CDI $CDI_VERSION"
  apply -f "$github/kubevirt/kubevirt/releases/download/$KUBEVIRT_VERSION/kubevirt-operator.yaml"
  apply -f "$github/kubevirt/containerized-data-importer/releases/download/$CDI_VERSION/cdi-operator.yaml"
  run kubectl wait crd/kubevirts.kubevirt.io crd/cdis.cdi.kubevirt.io --for=condition=Established --timeout=2m
  run kubectl -n kubevirt rollout status deployment/virt-operator --timeout=10m
  run kubectl -n cdi rollout status deployment/cdi-operator --timeout=10m
  apply -f "$here/manifests/kubevirt.yaml" -f "$here/manifests/cdi.yaml"
  run kubectl -n kubevirt wait kubevirt/kubevirt --for=condition=Available --timeout=15m
  run kubectl wait cdi/cdi --for=condition=Available --timeout=10m
  run kubectl wait storageprofile/standard --for=create --timeout=2m
  apply -f "$here/manifests/storage-profile.yaml"
}

load_image() {
  say "Kumulus' image, $IMAGE"
  run images/build.sh
  run "$kind" load docker-image "$IMAGE" --name "$cluster"
}

install_kumulus() {
  say 'Kumulus, by its chart'
  local image=()
  if [ -n "${IMAGE:-}" ]; then image=(--set "image.repository=${IMAGE%:*}" --set-string "image.tag=${IMAGE##*:}"); fi
  run helm upgrade --install kumulus charts/kumulus --namespace kumulus-system --create-namespace --set 'accounts={default}' "${image[@]}" --wait --timeout 10m
  run kubectl wait kumuluses.kumulus.dev/cluster --for=create --timeout=2m
  run kubectl wait kumuluses.kumulus.dev/cluster --for=condition=Ready --timeout=5m
}

if [ "${1:-}" = --down ]; then
  if [ -x "$kind" ]; then run "$kind" delete cluster --name "$cluster"; fi
  exit
fi
if [ -n "$existing" ]; then
  [ -n "${KUBECONFIG:-}" ] || give_up 'E2E_EXISTING=1 means the cluster of KUBECONFIG, which is not set.'
else
  # Never a kubeconfig of whoever runs this: what follows would happen to the cluster that it means.
  export KUBECONFIG=$PWD/.cache/e2e/kubeconfig IMAGE=${IMAGE:-kumulus:e2e}
  if [ -z "$dry" ]; then
    check_tools
    mkdir -p "${KUBECONFIG%/*}"
  fi
fi
# kubectl and helm of package-lock.json.
kubectl=$(node sandbox/tools/kubectl.ts 2>/dev/null)
export PATH=${kubectl%/*}:$PATH

if [ -z "$existing" ]; then
  make_cluster
  install_network
  install_storage
  install_machines
  load_image
fi
install_kumulus
