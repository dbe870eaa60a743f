import { advice, aptInstall, installer } from './install.mjs';
import { ensurePackages } from './packages.mjs';
import { find, programs } from './programs.mjs';
import { atLeast, parseVersion } from './versions.mjs';

const NODE_FLOOR = [20, 19, 0];

const say = (line) => console.error(`\u25b8 ${line}`);

/**
 * Brings this machine what the product needs and says what it installs. Resolves with the environment that names the
 * programs, or null when something is missing that may not be installed here; what to do has been said then.
 */
export async function setUp(root, env) {
  if (!atLeast(parseVersion(process.version), NODE_FLOOR)) {
    say(
      `Node ${process.version} is too old: ${NODE_FLOOR.slice(0, 2).join('.')} or later is needed (https://nodejs.org).`,
    );
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

/** Whether every program that is not optional is there, after installing what may be installed. */
async function ensurePrograms(env) {
  const missing = () => programs.filter((program) => find(program, env) === null);
  const before = missing();
  if (before.length === 0) return true;
  const how = installer();
  if (how.kind === 'apt') await aptInstall(how.prefix, [...new Set(before.map((program) => program.apt))], say);
  const needed = missing().filter((program) => !program.optional);
  if (needed.length === 0) return true;
  say(advice(how.kind === 'apt' ? 'tell-apt' : how.kind, needed));
  return false;
}
