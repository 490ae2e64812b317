"""Who the agent is to AWS, what that lets it do, and who else can assume its role."""
