/** One instruction of a Dockerfile, continuation lines joined. */
export interface Instruction {
  readonly name: string;
  /** Its flags (`--from=build`), by name. */
  readonly flags: Readonly<Record<string, string>>;
  /** Its words; one for each element where they are written as a JSON array. */
  readonly words: readonly string[];
  readonly text: string;
}

export interface Stage {
  readonly name: string;
  /** The stage or image it starts from. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of a Dockerfile without here-documents, which is all that this project writes. */
export function parseDockerfile(source: string): Stage[] {
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  for (const line of logicalLines(source)) {
    const instruction = parseInstruction(line);
    if (instruction.name === 'FROM') {
      const [from = '', , name = `stage-${stages.length}`] = instruction.words;
      stages.push({ name, from, instructions: [] });
    } else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

const logicalLines = (source: string): string[] =>
  source
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

function parseInstruction(line: string): Instruction {
  const [name = '', ...rest] = line.split(/\s+/);
  const flagWords = rest.slice(
    0,
    rest.findIndex((word) => !word.startsWith('--')),
  );
  const flags = Object.fromEntries(flagWords.map((word) => word.slice(2).split('=', 2) as [string, string]));
  const text = rest.slice(flagWords.length).join(' ');
  const words = text.startsWith('[') ? (JSON.parse(text) as string[]) : text.split(' ');
  return { name: name.toUpperCase(), flags, words, text };
}
