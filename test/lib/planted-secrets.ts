/** Texts with secrets, as people write them into configs. */

/** A password hash of crypt(5). */
export function passwordHash(secret: string): string {
  return `$6$saltsalt$${secret}${'x'.repeat(40)}`
}

/** A private key in PEM. */
export function privateKey(secret: string): string {
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${secret}\n-----END OPENSSH PRIVATE KEY-----\n`
}

/** A file of netrc(5). */
export function netrc(secret: () => string): string {
  return `machine example.org\n\tlogin site\n\tpassword ${secret()}\n\nmachine example.net login site password ${secret()}\n`
}

/** A unit with a secret in its environment and among the arguments of its command. */
export function unit(secret: () => string): string {
  return `[Service]\nEnvironment=SITE_TOKEN=${secret()}\nExecStart=/bin/true --password ${secret()}\n\n[Install]\nWantedBy=multi-user.target\n`
}

/** Commands with secrets, one each. */
export const commands: readonly ((secret: string) => string)[] = [
  secret => `curl -u site:${secret} https://example.org/a`,
  secret => `curl -fsSLu "site:${secret} two" https://example.org/a`,
  secret => `curl -usite:${secret} https://example.org/a`,
  secret => `curl --proxy-user site:${secret} https://example.org/a`,
  secret => `curl -H "Authorization: Bearer ${secret}" https://example.org/b`,
  secret => `curl --header 'X-Auth-Token: ${secret}' https://example.org/b`,
  secret => `curl -H "PRIVATE-TOKEN: ${secret}" https://example.org/b`,
  secret => `wget --user=site --password=${secret} https://example.org/c`,
  secret => `wget --http-password ${secret} https://example.org/c`,
  secret => `wget --password "two ${secret}" https://example.org/c`,
  secret => `wget --header "Authorization: Basic ${secret}" https://example.org/c`,
  secret => `wget --header="X-Api-Key: ${secret}" https://example.org/c`,
  secret => `git clone https://site:${secret}@example.org/d.git`,
  secret => `git config --global site.token ${secret}`,
  secret => `echo "site:${secret}" | chpasswd`,
  secret => `echo 'site:${secret}' | sudo chpasswd -c SHA512`,
  secret => `chpasswd <<< "site:${secret}"`,
  secret => `chpasswd <<EOF\nroot:x\nsite:${secret}\nEOF`,
  secret => `cat <<'E' | chpasswd\nsite:${secret}\nE`,
  secret => `echo "${secret}" | passwd --stdin site`,
  secret => `printf '%s' ${secret} | cryptsetup luksOpen /dev/vdb data -`,
  secret => `usermod -p '${passwordHash(secret)}' site`,
  secret => `useradd -m -p ${secret} site`,
  secret => `echo ${secret} | docker login -u site --password-stdin example.org`,
  secret => `docker login -u site -p ${secret} example.org`,
  secret => `podman login --username site --password ${secret} example.org`,
  secret => `helm registry login -u site -p ${secret} example.org`,
  secret => `skopeo copy --src-creds site:${secret} docker://a dir:b`,
  secret => `mysql -u root -p${secret} site`,
  secret => `mysql -e "ALTER USER root IDENTIFIED BY '${secret}'"`,
  secret => `psql -c "ALTER ROLE site WITH PASSWORD '${secret}'"`,
  secret => `PGPASSWORD=${secret} psql`,
  secret => `redis-cli -h 10.0.0.1 -a ${secret} ping`,
  secret => `ldapsearch -D cn=site -w ${secret}`,
  secret => `ipmitool -U site -P ${secret} power on`,
  secret => `mosquitto_pub -u site -P ${secret} -t a`,
  secret => `smbclient //10.0.0.1/site -U site%${secret}`,
  secret => `htpasswd -bc /etc/site.htpasswd site ${secret}`,
  secret => `rabbitmqctl add_user site ${secret}`,
  secret => `sshpass -p ${secret} ssh site@example.org`,
  secret => `export SITE_TOKEN=${secret}`,
  secret => `export DB_PASS='${secret}' MYSQL_PWD=x`,
  secret => `kubeadm join 10.0.0.1:6443 --token ${secret}`,
  secret => `K3S_TOKEN=${secret} sh /opt/install.sh`,
  secret => `kubectl create secret generic site --from-literal=password=${secret}`,
  secret => `nmcli device wifi connect site password ${secret}`,
  secret => `nmcli connection modify site wifi-sec.psk "${secret}"`,
  secret => `mount -t cifs -o username=site,password=${secret} //10.0.0.1/site /mnt`,
  secret => `openssl req -passin pass:${secret} -new`,
  secret => `aws configure set aws_secret_access_key ${secret}`,
  secret => `subscription-manager register --org site --activationkey ${secret}`,
  secret => `tailscale up --authkey ${secret}`,
  secret => `vault login ${secret}`,
  secret => `az login --service-principal -u site -p ${secret}`,
]

/** Commands with secrets as lists of arguments. */
export const argumentLists: readonly ((secret: string) => readonly string[])[] = [
  secret => ['curl', '--user', `site:${secret}`, 'https://example.org/e'],
  secret => ['curl', '-u', `site:${secret} two`, 'https://example.org/e'],
  secret => ['curl', '-H', `Authorization: Basic ${secret}`, 'https://example.org/e'],
  secret => ['mysql', `--password=${secret}`],
  secret => ['site', '--token', secret],
  secret => ['useradd', '-p', secret, 'site'],
  secret => ['sh', '-c', `echo "site:${secret}" | chpasswd`],
]
