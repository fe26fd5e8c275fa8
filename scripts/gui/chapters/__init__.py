"""What is tested, a chapter a module: `STEPS` names each step and what it does. A chapter begins with whatever file is open."""
