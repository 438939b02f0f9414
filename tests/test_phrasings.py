"""Questions in many people's words, none of them written with the grammar in mind: each is taken for what it asks."""

from __future__ import annotations

import time

import pytest

from assistant import Kind
from assistant.parse import LONGEST, parse
from assistant.plain import plain
from assistant.question import About, Question, Surroundings, Wanted, describe

ONE_THING = ("search and rescue", "pen and paper")  # as letters write it
AROUND = Surroundings(
    letter_ids=tuple(f"d{number:03}" for number in range(1, 20)),
    name_finder=lambda name: ["d001", "d002"] if name in ONE_THING else [],
    last=About("robotics", Wanted.DOES),
)
VISA = "needs a visa or an invitation letter for it"
GRANT = "asks for a travel grant or fee waiver"
NO = "gives no evidence of this: "
OF_LAST = ", of the letters of the last answer"


def understood(text: str) -> Question:
    return parse(text, AROUND)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("federated learning people", "does or did: federated learning"),
        ("GANs?", "does or did: generative adversarial networks"),
        ("anyone GPU programming", "mentions: GPU programming"),
        ("experience with bayesian optimisation", "does or did: Bayesian optimisation"),
        ("who's got experience in computer vision", "does or did: computer vision"),
        ("Whose research is about protein folding?", "does or did: protein folding"),
        (
            "Could you please list all the applicants that have worked with satellite imagery?",
            "does or did: remote sensing",
        ),
        ("hey, can you tell me who works with point clouds? thanks", "does or did: point clouds"),
        ("I'm looking for someone who knows about causal inference", "does or did: causal inference"),
        ("who has experience with search and rescue", "does or did: search and rescue"),
        ("by whom was reinforcement learning used?", "does or did: reinforcement learning"),
        ("Who did their master's thesis on glaciers?", "does or did: glaciology and the cryosphere"),
        ("who reads cuneiform tablets?", "mentions: cuneiform tablets"),
        ("people who use simulation in their daily work", "does or did: simulation"),
        ("who has been working on tide gauges since 2019?", "does or did: tide gauges"),
        ("who has already tried their hand at protein design?", "does or did: protein design"),
        ("who's been involved in building a corpus of dialects", "does or did: corpus of dialects"),
        ("pls list ppl w/ experience in NLP", "does or did: natural language processing"),
        ("WHO HAS WORKED ON FEDERATED LEARNING", "does or did: federated learning"),
        ("whcih studnets have experiance with corals", "does or did: coral reefs"),
        ("letters mentioning beekeeping", "mentions: beekeeping"),
        ("in which applications does quantum computing come up?", "mentions: quantum computing"),
        ("show all the letters in which kelp is mentioned", "mentions: kelp"),
        ("who talks about fairness in their letter?", "mentions: fairness"),
        ("whose letter deals with ethics", "mentions: ethics"),
        ("who likes pen and paper?", "mentions: pen and paper"),
        ("peat bogs", "mentions: peat bogs"),
        ("who is looking forward to the lectures on Gaussian processes?", "wants to learn: Gaussian processes"),
        ("Who'd want to move into bioinformatics?", "wants to learn: bioinformatics"),
        ("who would benefit from an introduction to graph theory?", "wants to learn: graph theory"),
        ("who has set their sights on working with LLMs", "wants to learn: large language models"),
        ("who needs to learn SQL", "wants to learn: SQL"),
        ("applicants with an interest in urban planning", "wants to learn: urban planning"),
        ("beginners in Python", "knows little of: Python"),
        ("newcomers to machine learning", "knows little of: machine learning"),
        ("who is afraid of statistics?", "knows little of: statistics"),
        ("who finds probability theory hard?", "knows little of: probability theory"),
        ("for whom is deep learning entirely new?", "knows little of: deep learning"),
        ("whose weak spot is statistics?", "knows little of: statistics"),
        ("who says they're bad at writing?", "knows little of: writing"),
        ("who would need help with Linux?", "knows little of: Linux"),
        ("Which applicants have no experience with neural networks?", "knows little of: deep learning"),
        ("who has never worked with GPUs?", "knows little of: GPUs"),
        ("who can't program?", "knows little of: software engineering"),
        ("which applicants did a MOOC on deep learning?", "took a course on: deep learning"),
        ("who learned machine learning from online courses?", "took a course on: machine learning"),
        ("did anybody take classes on robotics?", "took a course on: robotics"),
        ("who sat in on a seminar about ethics?", "took a course on: ethics and bioethics"),
        ("PhD students", "is a PhD student"),
        ("undergrads?", "is a bachelor student"),
        ("who are the postdocs", "is a postdoc or lecturer"),
        ("second-year PhD students", "is a PhD student (second-year)"),
        ("Economics students", "comes from economics"),
        ("geography majors", "comes from geography"),
        ("who has a paper at NeurIPS or ICLR?", "has published at NeurIPS or has published at ICLR"),
        ("who had a workshop paper", "has published (workshop)"),
        ("who has put a preprint on arXiv?", "has only a preprint"),
        ("who is waiting for reviews?", "has a paper under review"),
        ("who got a paper rejected from CVPR?", "had a paper rejected (CVPR)"),
        ("who has had a summer internship at Google", "did an internship (Google)"),
        ("people from industry", "has industry experience"),
        ("startup founders", "founded a company"),
        ("who plans to go into industry after graduation", "wants to work in an industrial research lab"),
        ("who dreams of their own startup", "wants to found a company"),
        ("who sees themselves as a future academic?", "wants to stay in academia"),
        ("who can't afford the fee?", GRANT),
        ("who needs childcare during the week?", "has a small child"),
        ("who can only come from Tuesday", "will miss the first days"),
        ("open source maintainers", "contributes to open source"),
        ("who cannot attend the opening", "will miss the first days"),
        ("Kaggle?", "took part in Kaggle competitions"),
        ("who knows Python and R?", "programs in Python; and programs in R"),
        (
            "who has experience with computer vision but not NLP?",
            f"does or did: computer vision; and {NO}does or did: natural language processing",
        ),
        ("PhD students working on climate", "is a PhD student; and does or did: climate and weather"),
        ("newcomers to deep learning who also published", "knows little of: deep learning; and has published"),
        ("who neither published nor worked in industry?", f"{NO}has published; and {NO}has industry experience"),
        ("Who either founded a company or worked in industry?", "founded a company; or has industry experience"),
        ("which PhD students need a visa and a grant?", f"is a PhD student; and {VISA}; and {GRANT}"),
        (
            "master's or PhD students that have been to a hackathon",
            "(is a master's student; or is a PhD student); and won or placed in a hackathon",
        ),
        (
            "beginners in programming but with a physics degree",
            "knows little of: software engineering; and comes from physics",
        ),
        (
            "all the people with robotics experience apart from PhD students",
            f"does or did: robotics; and {NO}is a PhD student",
        ),
        ("which applicants without a master's degree have published?", f"{NO}is a master's student; and has published"),
        ("all bachelor students except those who have published", f"is a bachelor student; and {NO}has published"),
        ("everybody but the postdocs", f"{NO}is a postdoc or lecturer"),
        (
            "among the bachelor students, who wants to learn RL?",
            "is a bachelor student; and wants to learn: reinforcement learning",
        ),
        (
            "Everyone from linguistics with Python skills and no publication",
            f"comes from linguistics; and programs in Python; and {NO}has published",
        ),
        ("who uses TensorFlow, not PyTorch", f"does or did: TensorFlow; and {NO}does or did: PyTorch"),
        ("postdocs and PhD students", "is a postdoc or lecturer; or is a PhD student"),
        ("who speaks French and Spanish", "speaks French; and speaks Spanish"),
        ("neither bachelor nor master students", f"{NO}is a bachelor student; and {NO}is a master's student"),
        ("and who is new to it?", "knows little of: robotics"),
    ],
)
def test_who(text: str, expected: str) -> None:
    question = understood(text)
    assert (question.kind, describe(question)) == (Kind.WHO, f"letters whose writer {expected}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Number of applicants who would like a visa letter", VISA),
        ("how many beginners in R are there?", "knows little of: R"),
        ("what share of applicants took a course in statistics?", "took a course on: statistics"),
        ("In how many letters is climate change mentioned?", "mentions: climate change"),
        ("how many bachelors do we have?", "is a bachelor student"),
        ("How many applicants, roughly, have worked with sensors?", "does or did: sensors"),
        ("count everyone without a visa problem", f"{NO}{VISA}"),
    ],
)
def test_how_many(text: str, expected: str) -> None:
    question = understood(text)
    assert (question.kind, describe(question)) == (Kind.COUNT, f"letters whose writer {expected}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("which of these are returning applicants?", "attended the school before"),
        ("and of these, who has worked in industry?", "has industry experience"),
        ("any of them with a paper at ICML?", "has published at ICML"),
        ("now only the PhD students", "is a PhD student"),
        ("do any of them know Python?", "programs in Python"),
        ("how many of them took a course on it?", "took a course on: robotics"),
    ],
)
def test_of_the_last_answer(text: str, expected: str) -> None:
    question = understood(text)
    assert question.within_last
    assert describe(question) == f"letters whose writer {expected}{OF_LAST}"


@pytest.mark.parametrize(
    ("text", "kind", "letters"),
    [
        ("what do people hope for?", Kind.FACT, []),
        ("which university does the applicant with the bee hives attend?", Kind.FACT, []),
        ("What methods did the person working on whales use?", Kind.FACT, []),
        ("which programming language does the person who builds drones prefer?", Kind.FACT, []),
        ("where was the hackathon that somebody won?", Kind.FACT, []),
        ("what problems do applicants report with reproducibility?", Kind.FACT, []),
        ("why do so many people mention Kaggle?", Kind.FACT, []),
        ("what does d012 say about robotics?", Kind.FACT, ["d012"]),
        ("does d017 know Python?", Kind.FACT, ["d017"]),
        ("how do d010 and d011 differ?", Kind.COMPARE, ["d010", "d011"]),
        ("d001 vs d002", Kind.COMPARE, ["d001", "d002"]),
        ("can you briefly introduce d004?", Kind.SUMMARY, ["d004"]),
        ("list the universities", Kind.OPEN, []),
        ("explain diffusion models", Kind.OPEN, []),
    ],
)
def test_no_sets(text: str, kind: Kind, letters: list[str]) -> None:
    question = understood(text)
    assert (question.kind, list(question.letters), question.criterion) == (kind, letters, None)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("whcih aplicants have experiance with corals", "which applicants have experience with corals"),
        ("hwo many candiates know Rust", "how many candidates know Rust"),
        ("hwo knows Rust", "who knows Rust"),
        ("who's published and who's got a visa", "who is published and who has got a visa"),
        ("ppl w/o funding who can't pay", "people without funding who cannot pay"),
        ("who'd hire publishers of wheat atlases", "who would hire publishers of wheat atlases"),
        ("wheat, fin whales and dose response", "wheat, fin whales and dose response"),
    ],
)
def test_only_words_of_asking_are_mended(typed: str, meant: str) -> None:
    assert plain(typed) == meant


@pytest.mark.parametrize(
    "words", ["who ", "has not ", "mostly ", "except ", "a, ", "(a ", "not ", "neither a nor ", "of them "]
)
def test_repeated_words_stay_cheap(words: str) -> None:
    parse("who works on diffusion models?")  # compiles the phrasings
    start = time.perf_counter()
    parse(("who knows " + words * 1_000)[:LONGEST])
    assert time.perf_counter() - start < 5
