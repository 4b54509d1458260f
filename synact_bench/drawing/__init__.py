"""How figures look: colours and dash patterns, panels, and the sheet that they are printed on."""
