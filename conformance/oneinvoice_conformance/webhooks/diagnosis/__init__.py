"""Diagnosis of signatures: the mistake of the sender's, or of the receiver's, behind one that does not verify."""
