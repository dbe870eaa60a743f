import { advice, aptPackages } from './advice.mjs';
import { aptInstall } from './apt.mjs';
import { ensurePackages } from './packages.mjs';
import { thisPlatform } from './platform.mjs';
import { find, programs } from './programs.mjs';
import { namesAtLeast } from './versions.mjs';

/** @param {string} line */
const say = (line) => console.error(`\u25b8 ${line}`);

/**
 * Brings this machine what the product needs and says what it installs. Resolves with the environment that names the
 * programs, or null when something is missing that may not be installed here; what to do has been said then.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
export async function setUp(root, env) {
  if (!namesAtLeast(process.version, [20, 19, 0])) {
    say(`Node ${process.version} is too old: 20.19 or later is needed (https://nodejs.org).`);
    return null;
  }
  if ((await ensurePackages(root, say)) !== 0) {
    say('npm could not install the packages; its message is above.');
    return null;
  }
  if (!(await ensurePrograms(env))) return null;
  const found = programs.flatMap((program) => {
    const file = find(program, env);
    return file === null ? [] : [[program.variable, file]];
  });
  return { ...env, ...Object.fromEntries(found) };
}

/**
 * Whether every program that is not optional is there, after installing what may be installed.
 * @param {NodeJS.ProcessEnv} env
 */
async function ensurePrograms(env) {
  const missing = () => programs.filter((program) => find(program, env) === null);
  const needed = () => missing().filter((program) => !program.optional);
  const before = missing();
  if (before.length === 0) return true;
  const { system, root } = thisPlatform();
  if (root !== null && system !== 'other') {
    const wanted = aptPackages(system, before);
    const installed = wanted.length === 0 || (await aptInstall(root, wanted, say)) === 0;
    // One package that this release does not have refuses them all: the necessary ones without the others, then.
    const rest = aptPackages(system, needed());
    if (!installed && rest.length > 0 && rest.length < wanted.length) await aptInstall(root, rest, say);
  }
  const still = needed();
  if (still.length > 0) say(advice(system, still));
  return still.length === 0;
}
