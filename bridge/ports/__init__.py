"""All that touches MIDI and OSC; bytes in, events out."""
