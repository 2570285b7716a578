import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { PcapWriter } from '../testing/capture-files.js';
import { Folder } from '../testing/capture-folder.js';
import { warpline } from '../testing/command-line.js';

/**
 * Every way to get it wrong that we know of, as a person would type it, in a folder with a few
 * files. The command leaves exactly this line on standard error, nothing on standard output, and
 * exit status 2. `<DPDK>` stands for DPDK's own words, which differ between its versions.
 */
interface BadUse {
  title: string;
  /** Separated by spaces, or a list where an argument has some. */
  args: string | string[];
  /** Contents of `c.yaml`. */
  config?: string;
  /** After `warpline: `. */
  line: string;
}

const SEE = 'Run "warpline l2fwd --help" for what it takes.';
const SEE_OPTIONS = 'Run "warpline l2fwd --help" for the ones there are.';
const SEE_COMMANDS = 'Run "warpline --help" for the commands there are.';
const SEE_GUIDE = "Check the name and arguments against the driver's page in DPDK's guide.";
const SEE_KEYS =
  'Run "warpline l2fwd --help" for the ones there are; here they have no dashes in front.';
const NULL = '--port net_null0 --device software';

function value(option: string, given: string, reason: string, see = SEE): string {
  return `OPTION_VALUE: ${option} cannot be "${given}": ${reason}. ${see}`;
}

function wholeNumber(option: string, given: string, min: number, max: number): BadUse {
  const reason = `it must be a whole number from ${min} to ${max}`;
  return {
    title: `${option} ${JSON.stringify(given)}`,
    args: ['l2fwd', '--port', 'net_null0', option, given],
    line: value(option, given, reason),
  };
}

const cases: BadUse[] = [
  // Commands.
  {
    title: 'no command',
    args: [],
    line: `COMMAND_MISSING: no command is given. ${SEE_COMMANDS}`,
  },
  {
    title: 'a command that does not exist',
    args: 'route',
    line: `COMMAND_UNKNOWN: there is no command route. ${SEE_COMMANDS}`,
  },
  {
    title: 'a misspelt command',
    args: 'l2fdw --port net_null0',
    line: `COMMAND_UNKNOWN: there is no command l2fdw (did you mean l2fwd?). ${SEE_COMMANDS}`,
  },
  {
    title: 'options without a command',
    args: '--port net_null0',
    line: `COMMAND_MISSING: --port stands where a command should. ${SEE_COMMANDS}`,
  },
  {
    title: 'bench without a benchmark',
    args: 'bench',
    line: `COMMAND_MISSING: no command is given after bench. ${SEE_COMMANDS}`,
  },
  {
    title: 'a benchmark that does not exist',
    args: 'bench gpu',
    line: `COMMAND_UNKNOWN: there is no command bench gpu (did you mean cpu?). ${SEE_COMMANDS}`,
  },
  {
    title: 'statistics of what is no process id',
    args: 'stats l2fwd',
    line: value(
      'PID',
      'l2fwd',
      'it must be a whole number from 1 to 4194304',
      'Run "warpline stats --help" for what it takes.',
    ),
  },
  {
    title: 'statistics of two processes',
    args: 'stats 1 2',
    line: 'ARGUMENT_UNEXPECTED: "2" belongs to no option. Run "warpline stats --help" for the options there are.',
  },
  {
    title: 'a benchmark with a wrong option',
    args: 'bench cpu --rounds 0',
    line: value(
      '--rounds',
      '0',
      'it must be a whole number from 1 to 1000',
      'Run "warpline bench cpu --help" for what it takes.',
    ),
  },
  {
    title: 'a benchmark with a wrong list',
    args: 'bench methods --bursts 8,0',
    line: value(
      '--bursts',
      '8,0',
      'it must be a whole number from 1 to 1024',
      'Run "warpline bench methods --help" for what it takes.',
    ),
  },
  {
    title: 'a frame that is longer than any',
    args: 'bench figure13 --sizes 64,9217',
    line: value(
      '--sizes',
      '64,9217',
      'it must be a whole number from 60 to 9216',
      'Run "warpline bench figure13 --help" for what it takes.',
    ),
  },
  {
    title: 'a bench with a memory kind that does not exist',
    args: 'bench figure14 --memory gpu,hbm',
    line: value(
      '--memory',
      'gpu,hbm',
      'it must be one of host, gpu, gpu-mapped, staged',
      'Run "warpline bench figure14 --help" for what it takes.',
    ),
  },
  {
    title: 'a bench without any pipeline',
    args: 'bench scaling --pipelines 0,1',
    line: value(
      '--pipelines',
      '0,1',
      'it must be a whole number from 1 to 64',
      'Run "warpline bench scaling --help" for what it takes.',
    ),
  },
  {
    title: 'work with a unit',
    args: 'bench work --work 10us',
    line: value(
      '--work',
      '10us',
      'it must be a whole number from 0 to 10000000',
      'Run "warpline bench work --help" for what it takes.',
    ),
  },
  {
    title: 'work for the method that does none',
    args: 'bench work --methods io,cpu',
    line: value(
      '--methods',
      'io,cpu',
      'it must be one of cpu, serial, launch, persistent, stream, graph',
      'Run "warpline bench work --help" for what it takes.',
    ),
  },
  {
    title: 'a bench whose file cannot be written, before anything runs',
    args: 'bench scaling --out new/scaling.json',
    line:
      'OUTPUT_UNUSABLE: cannot write new/scaling.json: there is no directory new. ' +
      'Make it, or name another one.',
  },
  {
    title: 'a bench on a device that does not exist',
    args: 'bench work --device abacus',
    line:
      'DEVICE_UNKNOWN: there is no device "abacus": no driver here has a GPU of that name. ' +
      'Choose one of: <any>.',
  },
  {
    title: 'a load beyond all measure',
    args: 'bench latency --loads 0.5,3',
    line: value(
      '--loads',
      '0.5,3',
      'it must be a number above 0, at most 2',
      'Run "warpline bench latency --help" for what it takes.',
    ),
  },
  {
    title: 'rings of a size that there is not',
    args: 'bench zero-loss --slots 1000',
    line: value(
      '--slots',
      '1000',
      'it must be a power of two from 64 to 32768',
      'Run "warpline bench zero-loss --help" for what it takes.',
    ),
  },
  {
    title: 'offered rates of two kinds',
    args: 'bench latency --loads 0.5 --offer 6',
    line:
      'OPTION_CONFLICT: --loads and --offer do not go together: ' +
      'a rate is offered as a share of the peak or in Mpps. Leave one of them out.',
  },

  // Options.
  {
    title: 'a misspelt option',
    args: 'l2fwd --port net_null0 --brust 32',
    line: `OPTION_UNKNOWN: there is no option --brust (did you mean --burst?). ${SEE_OPTIONS}`,
  },
  {
    title: 'an option unlike any other',
    args: 'l2fwd --port net_null0 --turbo',
    line: `OPTION_UNKNOWN: there is no option --turbo. ${SEE_OPTIONS}`,
  },
  {
    title: 'a short option',
    args: 'l2fwd -n 4',
    line: `OPTION_UNKNOWN: there is no option -n. ${SEE_OPTIONS}`,
  },
  {
    title: 'an option at the end without its value',
    args: 'l2fwd --port',
    line: 'OPTION_MISSING: the value of --port is missing. Put DEVARGS after it.',
  },
  {
    title: 'an option where a value should be',
    args: 'l2fwd --in sample.pcap --out --verify',
    line: 'OPTION_MISSING: the value of --out is missing. Put FILE after it.',
  },
  {
    title: 'a value for a flag',
    args: 'l2fwd --port net_null0 --json=yes',
    line: value('--json', 'yes', 'it takes no value'),
  },
  {
    title: 'an argument that belongs to no option',
    args: 'l2fwd sample.pcap',
    line:
      'ARGUMENT_UNEXPECTED: "sample.pcap" belongs to no option. ' +
      'Run "warpline l2fwd --help" for the options there are.',
  },
  wholeNumber('--burst', '0', 1, 1024),
  wholeNumber('--burst', '1025', 1, 1024),
  wholeNumber('--burst', '-1', 1, 1024),
  wholeNumber('--burst', '1.5', 1, 1024),
  wholeNumber('--burst', '1e3', 1, 1024),
  wholeNumber('--burst', '0x10', 1, 1024),
  wholeNumber('--burst', '64abc', 1, 1024),
  wholeNumber('--burst', ' 64', 1, 1024),
  wholeNumber('--burst', '', 1, 1024),
  wholeNumber('--timeout-us', '1000001', 0, 1_000_000),
  wholeNumber('--items', '1', 2, 65_536),
  wholeNumber('--items', 'many', 2, 65_536),
  wholeNumber('--pipelines', '65', 1, 64),
  {
    title: '--pipelines that take more lcores than DPDK has',
    args: `l2fwd ${NULL} --pipelines 64 --lcores 2`,
    line: value('--pipelines', '64', 'they take 128 lcores, and DPDK has 127 for them'),
  },
  wholeNumber('--packet-time-ns', '1000000001', 0, 1_000_000_000),
  wholeNumber('--watchdog-ms', '-1', 0, 3_600_000),
  wholeNumber('--drain-ms', '-1', 0, 3_600_000),
  {
    title: 'CPUs backwards',
    args: 'l2fwd --port net_null0 --cpus 1,3-2',
    line: value('--cpus', '1,3-2', 'it must be CPUs, as "2-5,8"'),
  },
  {
    title: 'a CPU that is not there',
    args: 'l2fwd --port net_null0 --device software --cpus 0,9999',
    line: value('--cpus', '0,9999', 'CPU 9999 is not among those that this process may use'),
  },
  {
    title: 'one CPU to compare',
    args: 'bench cpus --cpus 0',
    line: value(
      '--cpus',
      '0',
      'it takes two to pass something on',
      'Run "warpline bench cpus --help" for what it takes.',
    ),
  },
  {
    title: 'fewer CPUs than lcores',
    args: 'l2fwd --port net_null0 --device software --lcores 2 --cpus 0',
    line: value('--cpus', '0', 'it takes one for each of 2 lcores'),
  },
  wholeNumber('--trace-items', '0', 1, 4096),
  {
    title: 'a trace where no file can be',
    args: `l2fwd ${NULL} --trace new/run.pftrace`,
    line:
      'OUTPUT_UNUSABLE: cannot write new/run.pftrace: there is no directory new. ' +
      'Make it, or name another one.',
  },
  {
    title: 'a trace over the capture that is read',
    args: 'l2fwd --in sample.pcap --trace ./sample.pcap',
    line:
      'OUTPUT_UNUSABLE: cannot write ./sample.pcap: it is the file that is read. ' +
      'Give --trace another name.',
  },
  {
    title: 'a trace over the capture that is written',
    args: 'l2fwd --in sample.pcap --out o --trace o',
    line:
      'OPTION_CONFLICT: --trace and --out do not go together: they name the same file. ' +
      'Leave one of them out.',
  },
  {
    title: 'a drawing of no trace',
    args: 'trace',
    line: 'OPTION_MISSING: the FILE to read is missing. Put it after trace.',
  },
  {
    title: 'a drawing of a trace that is not there',
    args: 'trace none.pftrace',
    line:
      'TRACE_INPUT: none.pftrace cannot be read as a trace: no such file or directory. ' +
      'Name a file that "warpline l2fwd --trace FILE" wrote.',
  },
  {
    title: 'a drawing of what is no trace',
    args: 'trace sample.pcap',
    line:
      'TRACE_INPUT: sample.pcap cannot be read as a trace: <any>. ' +
      'Name a file that "warpline l2fwd --trace FILE" wrote.',
  },
  wholeNumber('--packets', '0', 1, Number.MAX_SAFE_INTEGER),
  wholeNumber('--packets', '99999999999999999999', 1, Number.MAX_SAFE_INTEGER),
  wholeNumber('--warmup', 'NaN', 0, Number.MAX_SAFE_INTEGER),
  wholeNumber('--mbuf-size', '63', 64, 65_407),
  {
    title: 'no time at all',
    args: 'l2fwd --port net_null0 --duration 0',
    line: value('--duration', '0', 'it must be a number of seconds above 0, at most 31536000'),
  },
  {
    title: 'time with a unit',
    args: 'l2fwd --port net_null0 --duration 10s',
    line: value('--duration', '10s', 'it must be a number of seconds above 0, at most 31536000'),
  },
  {
    title: 'a method that does not exist',
    args: 'l2fwd --port net_null0 --method warp',
    line: value(
      '--method',
      'warp',
      'it must be one of io, cpu, serial, launch, persistent, stream, graph',
    ),
  },
  {
    title: 'a method in capitals',
    args: 'l2fwd --port net_null0 --method CPU',
    line: value(
      '--method',
      'CPU',
      'it must be one of io, cpu, serial, launch, persistent, stream, graph',
    ),
  },
  {
    title: 'a memory kind that does not exist',
    args: 'l2fwd --port net_null0 --memory hbm',
    line: value('--memory', 'hbm', 'it must be one of host, gpu, gpu-mapped, staged'),
  },
  wholeNumber('--header-split', '-1', 0, 65_407),
  {
    title: 'a header that holds no Ethernet header',
    args: 'l2fwd --port net_null0 --memory gpu --header-split 13',
    line: value('--header-split', '13', 'it must be 0 or 14 and more'),
  },
  {
    title: 'a header function in CUDA',
    args: 'l2fwd --port net_null0 --memory gpu --header-split 64 --header-function a.cu',
    line: value(
      '--header-function',
      'a.cu',
      'FILE must end in .js or .mjs, and NAME stand behind a colon',
    ),
  },
  {
    title: 'a kernel in a language there is not',
    args: 'l2fwd --port net_null0 --kernel swap.cl:swap',
    line: value(
      '--kernel',
      'swap.cl:swap',
      'FILE must end in .cu, .ptx, .cubin, .js or .mjs, and NAME stand behind a colon; or it is ' +
        '"forward" or "mac-swap"',
    ),
  },
  {
    title: 'no thread for a whole kernel',
    args: 'l2fwd --port net_null0 --kernel swap.cu --kernel-threads 0',
    line: value('--kernel-threads', '0', 'it must be a whole number from 1 to 1024'),
  },
  {
    title: 'a kernel of one’s own, whose work nobody can check',
    args: 'l2fwd --port net_null0 --kernel swap.cu --verify',
    line:
      'OPTION_CONFLICT: --kernel and --verify do not go together: ' +
      'what a kernel of your own may change is not known. Leave one of them out.',
  },
  {
    title: 'a kernel for a method that has none',
    args: 'l2fwd --port net_null0 --kernel swap.cu --method io',
    line:
      'OPTION_CONFLICT: --kernel and --method io do not go together: ' +
      'io leaves every frame as it is. Leave one of them out.',
  },

  // Options that do not go together.
  {
    title: 'neither a port nor a capture',
    args: 'l2fwd --method cpu',
    line:
      'OPTION_MISSING: --port or --in is missing. ' +
      'Give a port, as in "--port net_null0,size=64", or a capture with --in.',
  },
  {
    title: 'a port and a capture',
    args: 'l2fwd --port net_null0 --in sample.pcap',
    line:
      'OPTION_CONFLICT: --in and --port do not go together: ' +
      'packets come from a capture or from ports. Leave one of them out.',
  },
  {
    title: 'an output without an input',
    args: 'l2fwd --port net_null0 --out out.pcap',
    line:
      'OPTION_MISSING: --in is missing. ' +
      'Give the capture to forward with --in, or leave --out out.',
  },
  {
    title: 'three ports',
    args: 'l2fwd --port net_null0 --port net_null1 --port net_null2',
    line:
      'OPTION_CONFLICT: 3 times --port do not go together: ' +
      'l2fwd joins one port to itself, or two. Leave one of them out.',
  },
  {
    title: 'a capture for two pipelines',
    args: 'l2fwd --in sample.pcap --pipelines 2',
    line:
      'OPTION_CONFLICT: --in and --pipelines do not go together: ' +
      'a capture is read by one queue. Leave one of them out.',
  },

  // Files.
  {
    title: 'a capture that does not exist',
    args: 'l2fwd --in nothing.pcap',
    line:
      'INPUT_NOT_FOUND: cannot read nothing.pcap: no such file or directory. ' +
      'Name a pcap or pcapng file that exists and that you may read.',
  },
  {
    title: 'a directory for a capture',
    args: 'l2fwd --in folder',
    line:
      'INPUT_NOT_FOUND: cannot read folder: it is a directory. ' +
      'Name a pcap or pcapng file that exists and that you may read.',
  },
  {
    title: 'a text file for a capture',
    args: 'l2fwd --in notes.txt',
    line:
      'INPUT_NOT_CAPTURE: notes.txt is not a capture: it begins with neither a pcap nor a ' +
      'pcapng header. Give a file in pcap or pcapng format.',
  },
  {
    title: 'an empty capture file',
    args: 'l2fwd --in empty.pcap',
    line:
      'INPUT_NOT_CAPTURE: empty.pcap is not a capture: it is empty. ' +
      'Give a file in pcap or pcapng format.',
  },
  {
    title: 'a capture that is not of Ethernet',
    args: 'l2fwd --in cooked.pcap',
    line:
      'INPUT_LINK_TYPE: cooked.pcap holds LINKTYPE_LINUX_SLL frames (link type 113), not ' +
      'Ethernet. Give a capture taken on an Ethernet interface (link type 1).',
  },
  {
    title: 'the input for an output',
    args: 'l2fwd --in sample.pcap --out ./folder/../sample.pcap',
    line:
      'OUTPUT_UNUSABLE: cannot write ./folder/../sample.pcap: it is the file that is read. ' +
      'Give --out another name.',
  },
  {
    title: 'an output in a directory that does not exist',
    args: 'l2fwd --in sample.pcap --out new/out.pcap',
    line:
      'OUTPUT_UNUSABLE: cannot write new/out.pcap: there is no directory new. ' +
      'Make it, or name another one.',
  },
  {
    title: 'a directory for an output',
    args: 'l2fwd --in sample.pcap --out folder',
    line: 'OUTPUT_UNUSABLE: cannot write folder: it is a directory. Name a file in it.',
  },
  {
    title: 'an output that cannot be written',
    args: 'l2fwd --in sample.pcap --out /proc/out.pcap',
    line:
      'OUTPUT_UNUSABLE: cannot write /proc/out.pcap: <any>. ' + 'Name a file that you may write.',
  },

  // Config files.
  {
    title: 'a config file that does not exist',
    args: 'l2fwd --config none.yaml',
    line:
      'CONFIG_READ: cannot read the config file none.yaml: no such file or directory. ' +
      'Name a YAML or JSON file that exists and that you may read.',
  },
  {
    title: 'a directory for a config file',
    args: 'l2fwd --config folder',
    line:
      'CONFIG_READ: cannot read the config file folder: it is a directory. ' +
      'Name a YAML or JSON file that exists and that you may read.',
  },
  {
    title: 'an empty config file',
    args: 'l2fwd --config c.yaml',
    config: '# nothing yet\n',
    line:
      'CONFIG_SHAPE: c.yaml is empty, not a map of options. ' +
      'Write one option a line, as in "burst: 64".',
  },
  {
    title: 'a list in a config file',
    args: 'l2fwd --config c.yaml',
    config: '- port: net_null0\n',
    line:
      'CONFIG_SHAPE: c.yaml holds a list, not a map of options. ' +
      'Write one option a line, as in "burst: 64".',
  },
  {
    title: 'a sentence in a config file',
    args: 'l2fwd --config c.yaml',
    config: 'as fast as you can\n',
    line:
      'CONFIG_SHAPE: c.yaml holds a single value, not a map of options. ' +
      'Write one option a line, as in "burst: 64".',
  },
  {
    title: 'a misspelt key in a config file',
    args: 'l2fwd --config c.yaml',
    config: 'port: net_null0\n\ntimeout_us: 5\n',
    line:
      'CONFIG_KEY: c.yaml, line 3: there is no option timeout_us (did you mean timeout-us?). ' +
      SEE_KEYS,
  },
  {
    title: 'a key with its dashes in a config file',
    args: 'l2fwd --config c.yaml',
    config: '--burst: 64\n',
    line:
      'CONFIG_KEY: c.yaml, line 1: there is no option --burst ' +
      `(did you mean burst?). ${SEE_KEYS}`,
  },
  {
    title: 'a config file that names another',
    args: 'l2fwd --config c.yaml',
    config: 'config: d.yaml\n',
    line: `CONFIG_KEY: c.yaml, line 1: there is no option config. ${SEE_KEYS}`,
  },
  {
    title: 'a key twice in a config file',
    args: 'l2fwd --config c.yaml',
    config: 'burst: 64\nport: net_null0\nburst: 32\n',
    line: 'CONFIG_DUPLICATE: c.yaml, line 3: burst is there a second time. Keep one of them.',
  },
  {
    title: 'text where a config file should have a number',
    args: 'l2fwd --config c.yaml',
    config: 'port: net_null0\nburst: "64"\n',
    line:
      'CONFIG_VALUE: c.yaml, line 2: burst cannot be "64": ' +
      `it must be a whole number from 1 to 1024. ${SEE}`,
  },
  {
    title: 'a hexadecimal number in a config file',
    args: 'l2fwd --config c.yaml',
    config: 'items: 0x100\n',
    line:
      'CONFIG_VALUE: c.yaml, line 1: items cannot be "0x100": ' +
      `it must be a whole number from 2 to 65536. ${SEE}`,
  },
  {
    title: 'a number out of range in a config file',
    args: 'l2fwd --config c.yaml',
    config: '{ "port": "net_null0",\n  "pipelines": 0 }\n',
    line:
      'CONFIG_VALUE: c.yaml, line 2: pipelines cannot be 0: ' +
      `it must be a whole number from 1 to 64. ${SEE}`,
  },
  {
    title: 'a word for a switch in a config file',
    args: 'l2fwd --config c.yaml',
    config: 'verify: yes\n',
    line: `CONFIG_VALUE: c.yaml, line 1: verify cannot be "yes": it must be true or false. ${SEE}`,
  },
  {
    title: 'a key without a value in a config file',
    args: 'l2fwd --config c.yaml',
    config: 'method:\n',
    line:
      'CONFIG_VALUE: c.yaml, line 1: method cannot be null: ' +
      `it must be one of io, cpu, serial, launch, persistent, stream, graph. ${SEE}`,
  },
  {
    title: 'a number for a port in a config file',
    args: 'l2fwd --config c.yaml',
    config: 'port:\n  - net_null0\n  - 1\n',
    line:
      'CONFIG_VALUE: c.yaml, line 1: port cannot be ["net_null0",1]: ' +
      `it must be devargs of a DPDK port, as "net_null0,size=64". ${SEE}`,
  },
  {
    title: 'YAML that does not parse',
    args: 'l2fwd --config c.yaml',
    config: 'burst: 64\nport: [net_null0\n',
    line:
      'CONFIG_SYNTAX: c.yaml, line 3: this is neither YAML nor JSON: flow sequence in block ' +
      'collection must be sufficiently indented and end with a ]. Correct it there.',
  },
  {
    title: 'two documents in a config file',
    args: 'l2fwd --config c.yaml',
    config: 'port: net_null0\n---\nport: net_null1\n',
    line:
      'CONFIG_SYNTAX: c.yaml, line 2: this is neither YAML nor JSON: a second document begins. ' +
      'Correct it there.',
  },
  {
    title: 'an alias for nothing in a config file',
    args: 'l2fwd --config c.yaml',
    config: 'port: *uplink\n',
    line:
      'CONFIG_SYNTAX: c.yaml, line 1: this is neither YAML nor JSON: unresolved alias (the ' +
      'anchor must be set before the alias): uplink. Correct it there.',
  },
  {
    title: 'a config file that lacks what a run needs',
    args: 'l2fwd --config c.yaml',
    config: 'out: out.pcap\n',
    line:
      'OPTION_MISSING: --in is missing. ' +
      'Give the capture to forward with --in, or leave --out out.',
  },

  // Devargs, devices and memory, which DPDK and the device judge.
  {
    title: 'a port of no driver',
    args: 'l2fwd --port nosuch0 --device software',
    line: `PORT_ATTACH: cannot open the port nosuch0: <DPDK>. ${SEE_GUIDE}`,
  },
  {
    title: 'a port with an argument its driver does not have',
    args: 'l2fwd --port net_null0,speed=9 --device software',
    line: `PORT_ATTACH: cannot open the port net_null0,speed=9: <DPDK>. ${SEE_GUIDE}`,
  },
  {
    title: 'a port of a capture that does not exist',
    args: 'l2fwd --port net_pcap0,rx_pcap=nothing.pcap --device software',
    line: `PORT_ATTACH: cannot open the port net_pcap0,rx_pcap=nothing.pcap: <DPDK>. ${SEE_GUIDE}`,
  },
  {
    title: 'a PCI address where no device is',
    args: 'l2fwd --port ffff:ff:1f.7 --device software',
    line: `PORT_ATTACH: cannot open the port ffff:ff:1f.7: <DPDK>. ${SEE_GUIDE}`,
  },
  {
    title: 'devargs that are no devargs',
    args: ['l2fwd', '--port', 'the first one', '--device', 'software'],
    line: `PORT_ATTACH: cannot open the port the first one: <DPDK>. ${SEE_GUIDE}`,
  },
  {
    title: 'the same port twice',
    args: `l2fwd ${NULL} --port net_null0`,
    line:
      'PORT_ATTACH: cannot open the port net_null0: it is attached already, or brought no ' +
      `port. ${SEE_GUIDE}`,
  },
  {
    title: 'more pipelines than a port has queues',
    args: 'l2fwd --port net_pcap0,rx_pcap=sample.pcap --pipelines 2 --device software',
    line:
      'PORT_QUEUES: the port net_pcap0,rx_pcap=sample.pcap has 1 queue(s), not the 2 that so ' +
      'many pipelines need. ' +
      'Ask for fewer pipelines, or give the port more queues in its arguments.',
  },
  {
    title: 'a device that does not exist',
    args: 'l2fwd --port net_null0 --device abacus',
    line:
      'DEVICE_UNKNOWN: there is no device "abacus": no driver here has a GPU of that name. ' +
      'Choose one of: <any>.',
  },
];

const folder = new Folder();
mkdirSync(join(folder.path, 'folder'));
folder.file(new PcapWriter().record(Buffer.alloc(60)).bytes(), 'sample.pcap');
folder.file(new PcapWriter({ linkType: 113 }).record(Buffer.alloc(60)).bytes(), 'cooked.pcap');
folder.file('remember the milk\n', 'notes.txt');
folder.file('', 'empty.pcap');

/** A case with a config has it in a folder of its own: two run side by side. */
function folderOf({ config }: BadUse, number: number): string {
  if (config === undefined) return folder.path;
  const own = join(folder.path, String(number));
  mkdirSync(own);
  writeFileSync(join(own, 'c.yaml'), config);
  return own;
}

function asPattern(line: string): RegExp {
  const escaped = line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^warpline: ${escaped.replace(/<\w+>/g, '[^\\n]+')}\\n$`);
}

describe('bad use', { concurrency: 2 }, () => {
  for (const [i, wrong] of cases.entries()) {
    test(`${String(i + 1).padStart(2, '0')} ${wrong.title}`, async () => {
      const args = typeof wrong.args === 'string' ? wrong.args.split(' ') : wrong.args;
      const { status, stdout, stderr } = await warpline(args, folderOf(wrong, i + 1));
      assert.match(stderr, asPattern(wrong.line));
      assert.equal(stdout, '');
      assert.equal(status, 2);
    });
  }
});
