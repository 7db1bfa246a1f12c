// Real servers of other protocols than HTTP, for tests of TCP proxies: mail (OpenSMTPD, Dovecot), SSH (OpenSSH), Redis.

import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { findFreePort } from '../../bench/free-port.ts';
import { createProgramFolder, runProgram, startProgram } from './debian-program.ts';

/** The user and group `nobody` of Debian, who may own nothing else. */
const nobody = 65_534;

/** Where mail is kept. */
export interface MailBox {
  readonly folder: string;
}

/** A folder that mail servers, which change their user, may write to. */
export function createMailBox(): MailBox {
  const folder = createProgramFolder();
  chmodSync(folder, 0o755);
  const mail = path.join(folder, 'mail');
  mkdirSync(mail);
  chownSync(mail, nobody, nobody);
  return { folder: mail };
}

/** Starts OpenSMTPD, which puts mail for anybody into the box. One at a time: it has one control socket. @returns its port */
export async function startSmtpServer({ folder }: MailBox): Promise<number> {
  const port = await findFreePort();
  const files = createProgramFolder({
    'smtpd.conf': `listen on 127.0.0.1 port ${port}
action "keep" maildir "${folder}" virtual { "@" => nobody }
match from any for any action "keep"
`,
  });
  await startProgram('smtpd', ['-d', '-f', path.join(files, 'smtpd.conf')], port);
  return port;
}

/** Starts Dovecot, which shows the box to anybody who logs in. @returns its port */
export async function startImapServer({ folder }: MailBox): Promise<number> {
  const port = await findFreePort();
  const base = createProgramFolder();
  chmodSync(base, 0o755);
  const files = createProgramFolder({
    'dovecot.conf': `base_dir = ${base}
log_path = /dev/null
protocols = imap
ssl = no
disable_plaintext_auth = no
listen = 127.0.0.1
first_valid_uid = 1
mail_location = maildir:${folder}
service imap-login {
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=${folder}
}
`,
  });
  await startProgram('dovecot', ['-F', '-c', path.join(files, 'dovecot.conf')], port);
  return port;
}

/** An OpenSSH server, and what its client needs to log in. */
export interface SshServer {
  readonly port: number;
  /** Options for `ssh` and `scp`, but for the port. */
  readonly clientOptions: readonly string[];
}

/** Starts OpenSSH. */
export async function startSshServer(): Promise<SshServer> {
  const port = await findFreePort();
  const folder = createProgramFolder({
    'sshd.conf': `Port ${port}
ListenAddress 127.0.0.1
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
PidFile none
Subsystem sftp internal-sftp
`,
  });
  for (const key of ['host', 'client'])
    await runProgram('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(folder, key)]);
  // It does not start without the folder, which only its service makes.
  mkdirSync('/run/sshd', { recursive: true });
  const keys = ['-h', path.join(folder, 'host'), '-o', `AuthorizedKeysFile=${path.join(folder, 'client.pub')}`];
  await startProgram('sshd', ['-D', '-e', '-o', 'LogLevel=ERROR', '-f', path.join(folder, 'sshd.conf'), ...keys], port);
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'BatchMode=yes', 'LogLevel=ERROR'];
  return {
    port,
    clientOptions: ['-F', '/dev/null', '-i', path.join(folder, 'client'), ...options.flatMap((text) => ['-o', text])],
  };
}

/** Starts Redis, in memory only. @returns its port */
export async function startRedisServer(): Promise<number> {
  const port = await findFreePort();
  const folder = createProgramFolder();
  const options = { port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: folder, logfile: '/dev/null' };
  await startProgram(
    'redis-server',
    Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
    port,
  );
  return port;
}
