import assert from 'node:assert/strict';
import { beforeEach, describe, it, mock } from 'node:test';
import fc from 'fast-check';
import { native } from '../memory/native.js';
import { givenUp } from '../testing/given-up.js';
import { CROWDED, Idle, ROOMY } from './idle.js';

describe('idle', () => {
  /** What was done in each wait. */
  let done: string[] = [];
  mock.method(native, 'lcorePause', (n: number) => void done.push(`pause ${n}`));
  mock.method(native, 'lcoreYield', () => void done.push('yield'));
  mock.method(native, 'lcoreSleep', (us: number) => void done.push(`park ${us}`));
  const wait = (idle: Idle, pressed?: boolean) => {
    const before = done.length;
    idle.wait(pressed);
    return done.slice(before).join();
  };
  const waits = (idle: Idle, n: number) => Array.from({ length: n }, () => wait(idle));
  beforeEach(() => {
    done = [];
  });

  it('spins, then yields, then parks', () => {
    const idle = new Idle({ spin: 2, pauses: 3, yield: 5, parkUs: 7 });
    const expected = ['pause 3', 'pause 3', 'yield', 'yield', 'yield', 'park 7', 'park 7'];
    assert.deepEqual(waits(idle, 7), expected);
  });

  it('begins again after there was work', () => {
    const idle = new Idle({ spin: 1, pauses: 3, yield: 2, parkUs: 7 });
    assert.deepEqual(waits(idle, 4), ['pause 3', 'yield', 'park 7', 'park 7']);
    idle.reset();
    assert.deepEqual(waits(idle, 3), ['pause 3', 'yield', 'park 7']);
  });

  it('does not park while something waits for its timeout', () => {
    const idle = new Idle({ spin: 1, pauses: 3, yield: 3, parkUs: 7 });
    const pressed = Array.from({ length: 100 }, () => wait(idle, true));
    assert.deepEqual(pressed, ['pause 3', ...Array(99).fill('yield')]);
    assert.equal(wait(idle), 'park 7');
  });

  it('does one of the three, by the polls since there was work, for any plan', () => {
    const plan = fc.record({ spin: fc.nat(50), yield: fc.nat(100), parkUs: fc.nat(100) });
    const step = fc.constantFrom('wait', 'pressed', 'work');
    fc.assert(
      fc.property(plan, fc.array(step, { maxLength: 300 }), (chosen, steps) => {
        const idle = new Idle({ ...chosen, pauses: 3 });
        let polls = 0;
        for (const one of steps) {
          if (one === 'work') {
            idle.reset();
            polls = 0;
            continue;
          }
          const parks = ++polls > chosen.yield && one !== 'pressed';
          const rest = parks ? `park ${chosen.parkUs}` : 'yield';
          assert.equal(wait(idle, one === 'pressed'), polls <= chosen.spin ? 'pause 3' : rest);
        }
      }),
    );
  });

  it('says now and then that nothing happened for long, and not soon after there was work', () => {
    const idle = new Idle({ spin: 1e9, pauses: 1, yield: 1e9, parkUs: 1 });
    const at = (polls: number) => {
      idle.reset();
      const long: number[] = [];
      for (let i = 1; i <= polls; i++) {
        idle.wait();
        if (idle.long) long.push(i);
      }
      return long;
    };
    assert.deepEqual(at(1000), []);
    const long = at(16_000);
    assert.ok(long.length >= 10 && long.length <= 20, String(long));
  });

  it('lets others run at once where threads outnumber cores, and spins elsewhere', () => {
    assert.equal(wait(new Idle(CROWDED)), 'yield');
    assert.equal(wait(new Idle(ROOMY)), `pause ${ROOMY.pauses}`);
    for (const { spin, yield: yields, parkUs } of [CROWDED, ROOMY]) {
      assert.ok(spin <= yields);
      // A park is no longer than a partial item may wait by default.
      assert.ok(parkUs > 0 && parkUs < 50);
    }
  });

  it('rehearses every stage several times, each also while something waits, and is as new then', () => {
    const idle = new Idle(ROOMY);
    const asked: boolean[] = [];
    idle.rehearse((pressed) => {
      asked.push(pressed);
      idle.wait(pressed);
    });
    for (const each of ['pause 4', 'yield', 'park 20'])
      assert.ok(done.filter((one) => one === each).length >= 4, each);
    assert.deepEqual(new Set(asked), new Set([true, false]));
    assert.equal(wait(idle), 'pause 4');
  });

  it('says that nothing happened for long, also in a rehearsal', () => {
    const idle = new Idle(ROOMY);
    let long = 0;
    idle.rehearse((pressed) => {
      idle.wait(pressed);
      if (idle.long) long++;
    });
    assert.ok(long >= 4, `${long} times`);
    assert.ok(!idle.long);
  });

  it('once rehearsed, a first pause is nothing new to V8: optimised code goes on', () => {
    const url = new URL('./idle.js', import.meta.url);
    const found = givenUp(`
      import { Idle } from '${url}';
      const idle = new Idle({ spin: 1000, pauses: 0, yield: 1010, parkUs: 1 });
      let long = 0;
      const wait = (pressed) => { idle.wait(pressed); if (idle.long) long++; };
      idle.rehearse(wait);
      function loop() {
        for (let round = 0; round < 40_000; round++) {
          // In the last rounds only, it comes to the end of its patience.
          for (let polls = 0; polls < (round < 39_900 ? 50 : 1100); polls++) wait(false);
          idle.reset();
        }
      }
      loop();
    `);
    assert.deepEqual(found, []);
  });
});
