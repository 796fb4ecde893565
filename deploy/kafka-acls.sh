#!/usr/bin/env bash
# Grant a role its rights on the cluster: one call of Kafka's own kafka-acls.sh for each line of kafka-acls.txt.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: deploy/kafka-acls.sh ROLE PRINCIPAL KAFKA-ACLS-OPTION...

  deploy/kafka-acls.sh worker User:tocsin --bootstrap-server kafka:9093 --command-config admin.properties
  deploy/kafka-acls.sh sensor User:suricata-7 --bootstrap-server kafka:9093 --command-config admin.properties
  OWN_TOPICS='calls.acme,security-events.acme.*' \
    deploy/kafka-acls.sh client User:acme --bootstrap-server kafka:9093 --command-config admin.properties

Doing it again is harmless. Nothing is ever taken away. Roles:
TEXT
  awk '!/^#/ && NF && !seen[$1]++ { print "  " $1 }' "$table"
  cat <<'TEXT'

Environment:
  TOCSIN_TOPIC_PREFIX  what every topic's name starts with; soc. if not set
  TOCSIN_APP_ID        the workers' consumer group; tocsin if not set
  OWN_TOPICS           topics of the client, as the tenants file names them, with commas between; for the role client
  KAFKA_ACLS           the program to call; kafka-acls.sh if not set ("echo kafka-acls.sh" shows the calls)
TEXT
}

table="$(dirname "$0")/kafka-acls.txt"
if [ $# -lt 3 ] || ! awk '!/^#/ { print $1 }' "$table" | grep -qxF -- "${1:-}"; then
  usage >&2
  exit 2
fi
role=$1 principal=$2
shift 2
prefix=${TOCSIN_TOPIC_PREFIX:-soc.} app=${TOCSIN_APP_ID:-tocsin}
own=${OWN_TOPICS:-}
if [ -z "$own" ] && awk -v role="$role" '$1 == role' "$table" | grep -qF '{own}'; then
  echo "The role $role needs OWN_TOPICS, the topics of the client." >&2
  exit 2
fi
read -ra program <<<"${KAFKA_ACLS:-kafka-acls.sh}"

grant() {
  local resource=$1 names=$2 pattern=$3 operations=$4 name options=()
  for name in ${names//,/ }; do
    [ "$resource" = topic ] && name=$prefix${name#\*}
    options+=("--$resource" "${name//\{app\}/$app}")
  done
  for name in ${operations//,/ }; do
    options+=(--operation "$name")
  done
  "${program[@]}" "${connection[@]}" --add --allow-principal "$principal" "${options[@]}" \
    --resource-pattern-type "$pattern" </dev/null
}

grant_own() {
  local resource=$1 operations=$2 name
  for name in ${own//,/ }; do
    name=${name#soc.}
    case $name in
      *\*) grant "$resource" "${name%\*}" prefixed "$operations" ;;
      *) grant "$resource" "$name" literal "$operations" ;;
    esac
  done
}

connection=("$@")
set -o noglob # a name may be a star
while read -r name resource names pattern operations; do
  if [ "$name" = "$role" ]; then
    if [ "$names" = '{own}' ]; then
      grant_own "$resource" "$operations"
    else
      grant "$resource" "$names" "$pattern" "$operations"
    fi
  fi
done <"$table"
