#!/bin/sh
# Run by Nextcloud's image as www-data before each start. Everything here may be done again without harm.
set -eu
cd /var/www/html

occ() {
  php occ --no-interaction "$@"
}

# The app comes with the image; a newer image brings a newer app.
if ! cmp -s /opt/ulti-apps/user_oidc/appinfo/info.xml custom_apps/user_oidc/appinfo/info.xml; then
  mkdir -p custom_apps
  rm -rf custom_apps/user_oidc
  cp -R /opt/ulti-apps/user_oidc custom_apps/user_oidc
fi
occ app:enable user_oidc

# Both issuers are at private addresses, and speak http inside the network.
occ config:system:set allow_local_remote_servers --type boolean --value true
occ config:app:set --value 1 user_oidc allow_insecure_http
# People meet the suite's sign-in, not Nextcloud's own.
occ config:app:set --value 0 user_oidc allow_multiple_user_backends

# ultid signs a token of two minutes for each user on whose behalf it asks. It makes the users itself, beforehand.
occ user_oidc:provider ulti \
  --clientid "$NEXTCLOUD_ISSUER_CLIENT_ID" --clientsecret unused \
  --discoveryuri "$ULTI_ISSUER_DISCOVERY" \
  --mapping-uid preferred_username --unique-uid 0 \
  --check-bearer 1 --bearer-provisioning 0

# The sign-in of people in a browser. The user ids are those that ultid gives.
occ user_oidc:provider authentik \
  --clientid nextcloud --clientsecret "$NEXTCLOUD_OIDC_CLIENT_SECRET" \
  --discoveryuri http://nginx/auth/application/o/nextcloud/.well-known/openid-configuration \
  --mapping-uid preferred_username --unique-uid 0 --group-provisioning 1

# All of ultid's requests come from one address: a few wrong passwords would lock everybody out.
occ config:app:set --value "$ULTI_SUBNET" bruteForce whitelist_0

occ background:cron
# ultid writes the invitations.
occ config:app:set --value no dav sendInvitations
occ config:system:set default_phone_region --value "${NEXTCLOUD_PHONE_REGION:-FR}"
occ config:system:set maintenance_window_start --type integer --value 1
