#!/bin/sh
# Fetches AWS's release of the X-Ray daemon and checks its signature.
#
#   fetch-daemon.sh VERSION ARCHITECTURE FOLDER
#
# VERSION       such as 3.6.6; before 3.3.0 the archives had other names
# ARCHITECTURE  amd64 or arm64
# FOLDER        where `xray` goes
#
# XRAY_ASSETS and XRAY_KEY name another source and the fingerprint of its key.
set -eu

# AWS's bucket, and the key that AWS signs the archives with (X-Ray developer guide, "Verifying the
# daemon archive's signature").
assets=${XRAY_ASSETS:-https://s3.us-east-2.amazonaws.com/aws-xray-assets.us-east-2/xray-daemon}
key=${XRAY_KEY:-EA6D9271FBF36990277F4B877BFE036BFE6157D3}

refuse() {
    echo "fetch-daemon: $1" >&2
    exit 1
}

[ $# -eq 3 ] || refuse "got $# arguments; it must be VERSION ARCHITECTURE FOLDER."
folder=$3
case $2 in
amd64 | arm64) ;;
*) refuse "ARCHITECTURE is '$2'; it must be amd64 or arm64." ;;
esac
# aws/aws-xray-daemon, Tool/src/packaging/linux/build_zip_linux.sh and, for the .sig, sign-packages.sh.
archive=aws-xray-daemon-linux-$2-$1.zip

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GNUPGHOME="$work/keys"
mkdir -m 700 "$GNUPGHOME"

for file in "$archive" "$archive.sig" aws-xray.gpg; do
    curl --fail --silent --show-error --location --retry 3 \
        --output "$work/$file" "$assets/$file" || refuse "$assets/$file can't be fetched."
done

gpg --batch --quiet --import "$work/aws-xray.gpg" || refuse "aws-xray.gpg is no key."
# One signature, good, and by that key: of others, GnuPG says EXPSIG, EXPKEYSIG, REVKEYSIG, BADSIG or
# ERRSIG instead of GOODSIG, but VALIDSIG of some of them too, whose last word is the fingerprint of the
# primary key (GnuPG, doc/DETAILS).
ended=0
said=$(gpg --batch --status-fd 1 --verify "$work/$archive.sig" "$work/$archive" 2>/dev/null) || ended=$?
signature=$(printf "%s\n" "$said" | awk '
    $2 ~ /SIG$/ && $2 != "NEWSIG" { printf "%s ", $2 }
    $2 == "VALIDSIG" { printf "%s ", $NF }')
[ "$ended $signature" = "0 GOODSIG VALIDSIG $key " ] ||
    refuse "the signature of $archive is '${signature% }' (gpg: $ended); it must be good, and by $key."

mkdir -p "$folder"
unzip -q "$work/$archive" xray -d "$folder"
chmod 0555 "$folder/xray"
