// Builds and packs all packages as a release would, and installs them in an empty project. Nothing here uses the network.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const repositoryRoot = path.resolve(import.meta.dirname, '../..');

/** The packed packages, and a project that depends on them and nothing else. */
export interface ScratchProject {
  readonly folder: string;
  /** The tarballs' paths by package name. */
  readonly tarballs: ReadonlyMap<string, string>;
  /** Runs a command in the project and returns what it wrote to standard output; a failure carries all its output. */
  run(command: string, ...commandArguments: string[]): Promise<string>;
  remove(): Promise<void>;
}

export async function createScratchProject(packageNames: readonly string[]): Promise<ScratchProject> {
  const temporary = await mkdtemp(path.join(tmpdir(), 'sluice-packed-'));
  const tarballs = await packPackages(packageNames, path.join(temporary, 'tarballs'));
  const folder = path.join(temporary, 'project');
  await mkdir(folder);
  await writeFile(path.join(folder, 'package.json'), '{ "private": true, "type": "commonjs" }\n');
  // What the packages depend on comes from the workspace, so that no registry is asked.
  const foreign = [
    'node_modules/tslib',
    'packages/http/node_modules/undici',
    'packages/fastify/node_modules/fastify-plugin',
  ].map((at) => path.join(repositoryRoot, at));
  const flags = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps'];
  await run(folder, 'npm', 'install', ...flags, ...tarballs.values(), ...foreign);
  return {
    folder,
    tarballs,
    run: (command, ...commandArguments) => run(folder, command, ...commandArguments),
    remove: () => rm(temporary, { recursive: true, force: true }),
  };
}

/** Lets the project resolve a package of the workspace, as if it had been installed there too. */
export async function linkFromWorkspace(project: ScratchProject, packageName: string, source: string): Promise<void> {
  const target = path.join(project.folder, 'node_modules', packageName);
  await mkdir(path.dirname(target), { recursive: true });
  await symlink(path.join(repositoryRoot, source), target);
}

async function packPackages(packageNames: readonly string[], destination: string): Promise<Map<string, string>> {
  const everyPackage = ['--recursive', '--filter', './packages/*'];
  await runPnpm(...everyPackage, 'run', 'build');
  await runPnpm(...everyPackage, 'pack', '--pack-destination', destination);
  const files = await readdir(destination);
  const tarballs = new Map<string, string>();
  for (const name of packageNames) {
    const prefix = `${name.replace('@', '').replace('/', '-')}-`;
    const file = files.find((candidate) => candidate.startsWith(prefix));
    if (file === undefined) throw new Error(`${name} was not packed; there are ${files.join(', ')}`);
    tarballs.set(name, path.join(destination, file));
  }
  return tarballs;
}

/** pnpm is on the path when pnpm runs this, and fetched when an editor does. */
async function runPnpm(...pnpmArguments: string[]): Promise<void> {
  const isPresent = await execute('pnpm', ['--version']).then(
    () => true,
    () => false,
  );
  if (isPresent) await run(repositoryRoot, 'pnpm', ...pnpmArguments);
  else await run(repositoryRoot, 'npx', '-y', 'pnpm@12', ...pnpmArguments);
}

async function run(folder: string, command: string, ...commandArguments: string[]): Promise<string> {
  try {
    return (await execute(command, commandArguments, { cwd: folder })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${commandArguments.join(' ')} failed:\n${stdout ?? ''}${stderr ?? ''}`, {
      cause: error,
    });
  }
}
