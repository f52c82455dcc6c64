// A page that is made for paper: its button prints it.

document.getElementById("print")?.addEventListener("click", () => print());
