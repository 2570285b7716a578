import { Command, type CommanderError, Option } from 'commander';
import { judgeText, type OptionDeclaration } from '../apps/option.js';
import { shellWord } from '../apps/shell-word.js';
import { fail } from '../errors.js';
import type { Shell } from './shell.js';
import { suggestion } from './similar.js';

/** Values by the names `OptionDeclaration` gives them in code: `timeoutUs` for `timeout-us`. */
export type Given = Record<string, unknown>;

/** An option made from its declaration. */
class DeclaredOption extends Option {
  /** As the help shows it: commander would read the brackets of FILE[:NAME] as its own. */
  readonly term: string;

  constructor(readonly declaration: OptionDeclaration) {
    const { name, metavar, help, repeatable } = declaration;
    const preset = declaration.default === undefined ? '' : ` (default: ${declaration.default})`;
    super(metavar === undefined ? `--${name}` : `--${name} <value>`, help + preset);
    this.term = metavar === undefined ? `--${name}` : `--${name} ${metavar}`;
    // A single option given twice: the last one counts, as in most programs.
    if (repeatable) {
      this.argParser((value: string, before: string[] = []) => [...before, value]);
    }
  }
}

/** A command whose usage errors are ours: one line, exit 2. */
export function makeCommand(name: string, summary: string, shell: Shell): Command {
  const command: Command = new Command(name)
    .description(summary)
    .helpCommand(false)
    .showSuggestionAfterError(false)
    .configureOutput({ writeOut: shell.out, writeErr: () => {}, outputError: () => {} })
    .configureHelp({
      optionTerm: (option) => (option instanceof DeclaredOption ? option.term : option.flags),
    })
    .exitOverride((error) => refuse(error, command));
  return command;
}

/** Adds options from a table to a command. */
export function addOptions(command: Command, table: readonly OptionDeclaration[]): Command {
  for (const declaration of table) {
    command.addOption(new DeclaredOption(declaration));
    if (declaration.metavar === undefined) {
      // So that the command line can win over a `true` in the config file.
      command.addOption(new Option(`--no-${declaration.name}`).hideHelp());
    }
  }
  return command;
}

/** Examples under the help: `[what it does, command line]`. */
export function addExamples(command: Command, examples: [string, string][]): Command {
  const lines = examples.map(([does, line]) => `  # ${does}\n  ${line}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** What was given on the command line, judged. @throws OPTION_VALUE, OPTION_MISSING. */
export function givenOptions(command: Command, table: readonly OptionDeclaration[]): Given {
  const given: Given = {};
  for (const option of table) {
    const value: unknown = command.getOptionValue(keyOf(option));
    if (typeof value === 'boolean') given[keyOf(option)] = value;
    else if (typeof value === 'string') given[keyOf(option)] = take(command, option, value);
    else if (Array.isArray(value)) {
      given[keyOf(option)] = value.map((one: string) => take(command, option, one));
    }
  }
  return given;
}

/** `timeoutUs` for the option `timeout-us`. */
export function keyOf({ name }: OptionDeclaration): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** The command line that `command` runs for, as a person would type it: it is kept with results. */
export function commandLine(command: Command): string {
  let root = command;
  while (root.parent !== null) root = root.parent;
  // Commander keeps what it was given (lib/command.js, parse); its types do not tell.
  const { rawArgs } = root as Command & { rawArgs: string[] };
  return [root.name(), ...rawArgs.map(shellWord)].join(' ');
}

/** `bench cpu` for that subcommand, '' for warpline itself. */
function pathOf(command: Command): string {
  if (command.parent === null) return '';
  return `${pathOf(command.parent)} ${command.name()}`.trim();
}

function take(command: Command, option: OptionDeclaration, text: string): unknown {
  // Commander hands over whatever follows; `--out --json` has forgotten its FILE.
  if (text.startsWith('--')) missingValue(option);
  const verdict = judgeText(option, text);
  if ('value' in verdict) return verdict.value;
  return fail('OPTION_VALUE', {
    option: `--${option.name}`,
    value: text,
    reason: verdict.reason,
    command: pathOf(command),
  });
}

function missingValue({ name, metavar = '' }: OptionDeclaration): never {
  fail('OPTION_MISSING', {
    option: `the value of --${name}`,
    advice: `Put ${metavar} after it`,
  });
}

/** Commander's error as one from the catalogue. What is no error (help, version) stays as it is. */
function refuse(error: CommanderError, command: Command): never {
  // The codes are commander's (lib/command.js); what it is about stands between the first quotes.
  const [, subject = ''] = /'(.*)'/s.exec(error.message) ?? [];
  switch (error.code) {
    case 'commander.unknownOption':
      return refuseOption(subject, command);
    case 'commander.optionMissingArgument': {
      const option = command.options.find((known) => known.flags === subject);
      if (option instanceof DeclaredOption) missingValue(option.declaration);
      throw error;
    }
    case 'commander.excessArguments': {
      const argument = command.args[command.registeredArguments.length];
      return fail('ARGUMENT_UNEXPECTED', { argument, command: pathOf(command) });
    }
    case 'commander.missingArgument':
      return fail('OPTION_MISSING', {
        option: `the ${subject.toUpperCase()} to read`,
        advice: `Put it after ${pathOf(command)}`,
      });
    case 'commander.unknownCommand':
      return refuseCommand(subject, command);
    case 'commander.help':
      return fail('COMMAND_MISSING', { what: `no command is given${after(command)}` });
    default:
      throw error;
  }
}

function refuseOption(typed: string, command: Command): never {
  if (command.commands.length > 0) {
    fail('COMMAND_MISSING', { what: `${typed} stands where a command should${after(command)}` });
  }
  const [name] = typed.split('=', 1);
  const known = command.options.find((option) => option.long === name);
  if (known !== undefined) {
    const value = typed.slice(name.length + 1);
    const reason = 'it takes no value';
    fail('OPTION_VALUE', { option: name, value, reason, command: pathOf(command) });
  }
  const names = command.options.filter((option) => !option.hidden).map(({ long }) => long ?? '');
  const option = `${typed}${suggestion(name, names)}`;
  fail('OPTION_UNKNOWN', { option, command: pathOf(command) });
}

function refuseCommand(typed: string, command: Command): never {
  const names = command.commands.map((known) => known.name());
  const path = `${pathOf(command)} ${typed}`.trim();
  fail('COMMAND_UNKNOWN', { command: `${path}${suggestion(typed, names)}` });
}

function after(command: Command): string {
  const path = pathOf(command);
  return path === '' ? '' : ` after ${path}`;
}
