// What participants read, by kind of study. No jargon, short sentences.

const seconds = (milliseconds) =>
  milliseconds === 1000 ? "one second" : `${milliseconds / 1000} seconds`;

const PAIR_TASK = (study) => [
  "You will see two versions of the same photograph, side by side. One has its real colors. In the " +
    "other one, a computer program made the colors up.",
  looking(study),
  "Then say which one has the made-up colors. If you are not sure, guess.",
];

function looking(study) {
  if (study.exposure_ms === null) return "Look as long as you wish.";
  return study.in_turn
    ? `Each is shown for ${seconds(study.exposure_ms)}, first the left one, then the right one.`
    : `They are shown for ${seconds(study.exposure_ms)}.`;
}

const REAL_OR_MADE_UP =
  "Can people tell a photograph's real colors from colors that a computer made up? Help to find out.";

const PAIR_KEYS = "On a keyboard, press the arrow keys ← and →. On a phone, tap the left or the right side.";

const KINDS = {
  cic: { purpose: REAL_OR_MADE_UP, task: PAIR_TASK, question: "Which one has made-up colors?", keys: PAIR_KEYS, pairs: true },
  untimed: { purpose: REAL_OR_MADE_UP, task: PAIR_TASK, question: "Which one has made-up colors?", keys: PAIR_KEYS, pairs: true },
  preference: {
    purpose: "Which of several programs colors old photographs best? Help to find out.",
    task: () => [
      "You will see the same photograph twice, side by side, with different colors.",
      "Look as long as you wish. Then say which one looks better. There is no right or wrong.",
    ],
    question: "Which one looks better?",
    keys: PAIR_KEYS,
    pairs: true,
  },
  single: {
    purpose: REAL_OR_MADE_UP,
    task: (study) => [
      "You will see one photograph at a time. Some have their real colors. In the others, a computer " +
        "program made the colors up.",
      study.exposure_ms === null
        ? "Look as long as you wish."
        : `Each is shown for ${seconds(study.exposure_ms)}.`,
      "Then say whether the colors are real or made up. If you are not sure, guess.",
    ],
    question: "Are the colors real or made up?",
    keys: "On a keyboard, press ← for real and → for made up. On a phone, tap a button.",
    pairs: false,
  },
};

export const wordsOf = (study) => KINDS[study.preset];

export const SIDES = [
  { choice: "left", label: "Left", key: "ArrowLeft", sign: "←" },
  { choice: "right", label: "Right", key: "ArrowRight", sign: "→" },
];

export const REAL_OR_NOT = [
  { choice: "real", label: "Real", key: "ArrowLeft", sign: "←" },
  { choice: "colored", label: "Made up", key: "ArrowRight", sign: "→" },
];

export const choicesOf = (study) => (wordsOf(study).pairs ? SIDES : REAL_OR_NOT);

// Say how an answer in practice was.
export function feedbackOf(feedback) {
  const said = feedback.right ? "That was right." : "That was wrong.";
  const truth = {
    left: "The left one has made-up colors.",
    right: "The right one has made-up colors.",
    real: "The colors are real.",
    colored: "The colors are made up.",
  }[feedback.truth];
  return `${said} ${truth}`;
}
