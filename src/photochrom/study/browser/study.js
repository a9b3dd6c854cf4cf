// The course of a session: consent, instructions, pictures, trials, thanks.

import { loadAll } from "./pictures.js";
import * as screens from "./screens.js";
import { ask, sleep } from "./server.js";
import { delivery, pictureTrial } from "./trial.js";

const LONGEST_WAIT_MS = 8000;

// What the parts of a session share.
const session = {
  study: null,
  code: null,
  visit: null,
  pictures: new Map(),
  current: null, // the trial to show, as the server told
  answer: null, // what was answered, until the server has it
  view: null,
  wantsPause: false,
  deliver,
};

async function main() {
  const typed = decodeURIComponent(location.hash.slice(1));
  if (typed) history.replaceState(null, "", location.pathname);
  if (typed) await ask("api/resume", { code: typed });
  const study = await ask("api/welcome");
  Object.assign(session, { study, code: study.code });
  document.title = study.title;
  if (study.state === "closed") return screens.closed(study);
  if (study.state === "finished") return finish();
  if (study.state === "running") {
    const chosen = await screens.back(study.code, study.answered, study.practice + study.main);
    if (chosen === "leave") return makeRoom();
  } else {
    await screens.consent(study);
    session.code = (await ask("api/start", {})).code;
    await screens.instructions(study);
  }
  await screens.loading(begin);
  if (session.current === null) return finish();
  await screens.ready(study);
  return run();
}

// Begin a visit: the server tells the current trial and addresses of all pictures that are left.
async function begin(progress) {
  const visit = await ask("api/visit", {});
  session.pictures = await loadAll(visit, progress);
  session.visit = visit.visit;
  session.current = visit.next;
}

async function run() {
  screens.showStage();
  showProgress();
  const jsPsych = initJsPsych({ display_element: "stage" });
  await jsPsych.run([
    {
      timeline: [{ type: pictureTrial(session) }, { type: delivery(session), on_finish: showProgress }],
      loop_function: () => session.current !== null && !isInterrupted(),
    },
  ]);
  document.getElementById("stage").replaceChildren();
  if (session.current === null) return finish();
  if (session.wantsPause) return pause();
  await screens.practiceOver(session.study);
  session.isPracticeOver = true;
  return run();
}

// Trials stop where practice ends, and where a pause is wanted.
function isInterrupted() {
  const ends = !session.current.practice && session.study.practice > 0 && !session.isPracticeOver;
  const isFirst = session.current.trial === session.study.practice;
  return session.wantsPause || (ends && isFirst);
}

function showProgress() {
  const { study, current } = session;
  if (current === null) return;
  const of = study.practice + study.main;
  const label = current.practice
    ? `Practice ${current.trial + 1} of ${study.practice}`
    : `${current.trial - study.practice + 1} of ${study.main}`;
  screens.setProgress(current.trial, of, label);
}

const pauseButton = document.getElementById("pause");

function wantPause(isWanted) {
  session.wantsPause = isWanted;
  pauseButton.setAttribute("aria-pressed", String(isWanted));
  pauseButton.textContent = isWanted ? "Will pause" : "Pause";
}

pauseButton.onclick = () => {
  wantPause(!session.wantsPause);
  pauseButton.blur(); // the next key is an answer
};

async function pause() {
  wantPause(false);
  const of = session.study.practice + session.study.main;
  const chosen = await screens.paused(session.code, session.current.trial, of);
  if (chosen === "forget" && (await forget())) return;
  run().catch(recover);
}

// Bring an answer to the server, however long that takes; give what it says.
async function deliver(answer) {
  for (let wait = 500; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    try {
      const content = await ask("api/answer", { ...answer, visit: session.visit });
      screens.say("");
      return content;
    } catch (error) {
      if (error.code === "stale") {
        await renew(answer.trial);
        if (session.current?.trial !== answer.trial) return { feedback: null, next: session.current };
      } else if (error.code === "answered" || error.code === "order") {
        await renew(answer.trial);
        return { feedback: null, next: session.current };
      } else if (error.code === "offline" || error.code === "full") {
        screens.say("The study cannot be reached. Your answer is kept, and sent as soon as it can be.");
        await sleep(wait);
      } else {
        throw error;
      }
    }
  }
}

// The server was restarted, or the page is open twice: get fresh pictures and see where we are.
async function renew() {
  screens.say("Loading the pictures again");
  try {
    await begin(() => {});
  } catch (error) {
    if (error.code !== "offline") throw error;
    await sleep(1000);
  }
}

async function finish() {
  const chosen = await screens.thanks(session.study, session.code);
  if (chosen === "leave") return makeRoom();
  if (!(await forget())) return finish();
}

async function forget() {
  if ((await screens.reallyForget()) !== "forget") return false;
  await ask("api/forget", { code: session.code });
  screens.forgotten();
  return true;
}

async function makeRoom() {
  await ask("api/leave", {});
  location.reload();
}

async function recover(error) {
  const unknown = error.code === "stranger";
  await screens.trouble(unknown ? "This code is not known here." : error.message);
  if (unknown) await ask("api/leave", {}).catch(() => {});
  location.reload();
}

main().catch(recover);
